// Published figures find their cells by the names of rows and columns.
#include "tools/table_published.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace dinobench {
namespace table_published {
namespace {

// "byol/resnet50" -> {byol, resnet50}; the last label takes what is left.
std::vector<std::string> labels_of(const std::string& name, size_t count) {
  std::vector<std::string> labels;
  size_t from = 0;
  while (labels.size() + 1 < count && name.find('/', from) != std::string::npos) {
    const size_t slash = name.find('/', from);
    labels.push_back(name.substr(from, slash - from));
    from = slash + 1;
  }
  labels.push_back(name.substr(from));
  labels.resize(count);
  return labels;
}

TableLine& line_named(const std::string& name, Table& table) {
  const auto at = std::find_if(table.lines.begin(), table.lines.end(),
                               [&](const TableLine& line) { return line_name(line) == name; });
  if (at != table.lines.end()) return *at;
  TableLine fresh;
  fresh.labels = labels_of(name, table.label_titles.size());
  fresh.cells.resize(table.columns.size());
  fresh.state = TableLine::State::published_only;
  table.lines.push_back(std::move(fresh));
  return table.lines.back();
}

size_t column_named(const std::string& title, const Table& table) {
  const auto at = std::find_if(table.columns.begin(), table.columns.end(),
                               [&](const TableColumn& column) { return column.title == title; });
  require(at != table.columns.end(), "a published figure names column '{}', which is not there",
          title);
  return static_cast<size_t>(at - table.columns.begin());
}

void note_state(TableLine::State state, const char* note, Table& table) {
  if (std::any_of(table.lines.begin(), table.lines.end(),
                  [&](const TableLine& line) { return line.state == state; }))
    table.notes.push_back(note);
}

}  // namespace
}  // namespace table_published

void add_published(const TableLayout& layout, Table& table) {
  std::vector<std::string> sources;
  for (const PublishedValue& value : layout.published) {
    TableCell& cell = table_published::line_named(value.row, table)
                          .cells[table_published::column_named(value.column, table)];
    require(cell.published.empty(), "row '{}' has two published figures in column '{}': {} and {}",
            value.row, value.column, cell.published, value.text);
    cell.published = value.text;
    cell.source = value.source;
    if (std::find(sources.begin(), sources.end(), value.source) == sources.end())
      sources.push_back(value.source);
  }
  if (!sources.empty())
    table.notes.push_back(fmt::format("published: {}", fmt::join(sources, "; ")));
  table_published::note_state(TableLine::State::published_only, "† published figures only", table);
  table_published::note_state(TableLine::State::missing, "missing: no record fits the row", table);
}

}  // namespace dinobench
