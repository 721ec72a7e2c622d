// Comma-separated values (RFC 4180), every number as exact as it is held.
#include <algorithm>

#include "core/error.hpp"
#include "tools/table_cells.hpp"
#include "tools/table_format.hpp"

namespace dinobench {
namespace table_csv_format {
namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return "\"" + replaced(text, {{'"', "\"\""}}) + "\"";
}

bool has_comparisons(const Table& table) {
  for (const TableLine& line : table.lines)
    for (const TableCell& cell : line.cells)
      if (cell.comparison) return true;
  return false;
}

TextCells titles(const Table& table, bool compared) {
  TextCells out = table.label_titles;
  out.push_back("seeds");
  for (size_t i = 0; i < table.columns.size(); ++i) {
    std::vector<std::string> parts{"mean", "std", "n"};
    if (has_published(table, i)) parts.push_back("published");
    if (compared)
      for (const char* part : {"difference", "p", "p_holm", "pairs", "paired_by"})
        parts.push_back(part);
    for (const std::string& part : parts)
      out.push_back(
          fmt::format("{}/{} {}", table.columns[i].evaluation, table.columns[i].metric, part));
  }
  return out;
}

void add_comparison(const TableCell& cell, TextCells& out) {
  if (!cell.comparison) {
    out.insert(out.end(), 5, "");
    return;
  }
  const TableComparison& found = *cell.comparison;
  for (const double value : {found.difference, found.p, found.p_holm})
    out.push_back(fmt::format("{}", value));
  out.push_back(fmt::format("{}", found.pairs));
  out.push_back(found.over_items ? "item" : "seed");
}

TextCells row_of(const Table& table, const TableLine& line, bool compared) {
  TextCells out = line.labels;
  out.push_back(fmt::format("{}", line.seeds));
  for (size_t i = 0; i < line.cells.size(); ++i) {
    const TableCell& cell = line.cells[i];
    out.push_back(cell.values.empty() ? "" : fmt::format("{}", cell.mean()));
    out.push_back(cell.values.size() < 2 ? "" : fmt::format("{}", cell.deviation()));
    out.push_back(fmt::format("{}", cell.values.size()));
    if (has_published(table, i)) out.push_back(cell.published);
    if (compared) add_comparison(cell, out);
  }
  return out;
}

}  // namespace
}  // namespace table_csv_format

std::string table_csv(const Table& table) {
  using namespace table_csv_format;
  const bool compared = has_comparisons(table);
  std::vector<TextCells> rows{titles(table, compared)};
  for (const TableLine& line : table.lines) rows.push_back(row_of(table, line, compared));
  std::string out;
  for (TextCells& row : rows) {
    std::transform(row.begin(), row.end(), row.begin(), quoted);
    out += fmt::format("{}\n", fmt::join(row, ","));
  }
  return out;
}

}  // namespace dinobench
