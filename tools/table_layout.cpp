// Layout files: found, and parsed line by line.
#include "tools/table_layout.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/numbers.hpp"
#include "core/options.hpp"

namespace dinobench {
namespace table_layout {
namespace {

namespace fs = std::filesystem;

// "a | b" -> {a, b}
std::pair<std::string, std::string> halves(const std::string& text, char separator,
                                           const std::string& where) {
  const size_t at = text.find(separator);
  require(at != std::string::npos, "{}: expected '{}' in '{}'", where, separator, text);
  return {trimmed(text.substr(0, at)), trimmed(text.substr(at + 1))};
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> out;
  for (std::string word; stream >> word;) out.push_back(word);
  return out;
}

void parse_row(const std::string& value, const std::string& where, TableLayout& layout) {
  const size_t bar = value.find('|');
  const std::string title = trimmed(value.substr(0, bar));
  auto at = std::find_if(layout.rows.begin(), layout.rows.end(),
                         [&](const TableRow& row) { return row.title == title; });
  require(at == layout.rows.end() || (bar != std::string::npos && !at->queries.empty()),
          "{}: row '{}' is there already", where, title);
  if (at == layout.rows.end()) at = layout.rows.insert(at, {title, {}});
  if (bar != std::string::npos) at->queries.push_back(parse_query(value.substr(bar + 1), where));
}

void parse_column(const std::string& value, const std::string& where, TableLayout& layout) {
  const auto [title, source] = halves(value, '|', where);
  const auto [evaluation, metric] = halves(source, '/', where);
  require(std::none_of(layout.columns.begin(), layout.columns.end(),
                       [&](const TableColumn& column) { return column.title == title; }),
          "{}: column '{}' is there already", where, title);
  layout.columns.push_back({title, evaluation, metric});
}

void parse_published(const std::string& value, const std::string& where, TableLayout& layout) {
  const auto [row, rest] = halves(value, '|', where);
  const auto [column, figure] = halves(rest, '|', where);
  const auto [text, source] = halves(figure, '|', where);
  parse_double(text, where + ": a published figure");
  require(!source.empty(), "{}: expected a source after the last '|'", where);
  layout.published.push_back({row, column, text, source});
}

void parse_line(const std::string& line, const std::string& where, TableLayout& layout) {
  const auto [key, value] = halves(line, '=', where);
  if (key == "title")
    layout.title = value;
  else if (key == "group")
    layout.group = words(value);
  else if (key == "row")
    parse_row(value, where, layout);
  else if (key == "column")
    parse_column(value, where, layout);
  else if (key == "published")
    parse_published(value, where, layout);
  else
    fail("{}: unknown key '{}'; expected title, group, row, column or published", where, key);
}

std::vector<std::string> titles_of(const auto& named) {
  std::vector<std::string> out;
  for (const auto& one : named) out.push_back(one.title);
  return out;
}

void require_known(const std::vector<std::string>& known, const std::string& name,
                   const std::string& what, const std::string& file) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  const std::string near = nearest_name(name, known);
  fail("{}: a published figure names {} '{}', which is none of the layout's{}", file, what, name,
       near.empty() ? "" : "; did you mean '" + near + "'?");
}

// What holds for the file as a whole.
void check(const TableLayout& layout, const std::string& file) {
  require(layout.group.empty() != layout.rows.empty(),
          "{}: expected either a group or rows, not {}", file,
          layout.rows.empty() ? "neither" : "both");
  for (const PublishedValue& value : layout.published) {
    require_known(titles_of(layout.columns), value.column, "column", file);
    if (!layout.rows.empty()) require_known(titles_of(layout.rows), value.row, "row", file);
  }
  for (const TableRow& row : layout.rows)
    require(!row.queries.empty() ||
                std::any_of(layout.published.begin(), layout.published.end(),
                            [&](const auto& value) { return value.row == row.title; }),
            "{}: row '{}' has neither conditions nor published figures", file, row.title);
}

std::vector<fs::path> layout_folders() {
  std::vector<fs::path> folders{fs::current_path()};
  std::error_code none;
  const fs::path program = fs::read_symlink("/proc/self/exe", none);
  if (!none) folders.push_back(program.parent_path().parent_path());
  for (fs::path& folder : folders) folder = folder / "experiments" / "layouts";
  return folders;
}

fs::path find_layout(const std::string& name) {
  if (fs::is_regular_file(name)) return name;
  for (const fs::path& folder : layout_folders()) {
    const fs::path file = folder / (name + ".layout");
    if (fs::is_regular_file(file)) return file;
  }
  const std::vector<std::string> known = layout_names();
  const std::string near = nearest_name(name, known);
  fail("--layout {}: no such file or layout{}; known: {}", name,
       near.empty() ? "" : ", did you mean '" + near + "'?", fmt::join(known, ", "));
}

}  // namespace
}  // namespace table_layout

TableLayout default_layout() { return {"", {"method", "backbone", "experiment"}, {}, {}, {}}; }

TableLayout read_layout(const std::string& name_or_path) {
  const auto path = table_layout::find_layout(name_or_path);
  std::istringstream lines(read_file(path));
  TableLayout layout;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::string text = trimmed(line.substr(0, line.find('#')));
    if (!text.empty())
      table_layout::parse_line(text, fmt::format("{}:{}", path.string(), number), layout);
  }
  table_layout::check(layout, path.string());
  return layout;
}

std::vector<std::string> layout_names() {
  std::set<std::string> known;
  for (const auto& folder : table_layout::layout_folders()) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none))
      if (entry.path().extension() == ".layout") known.insert(entry.path().stem().string());
  }
  return {known.begin(), known.end()};
}

}  // namespace dinobench
