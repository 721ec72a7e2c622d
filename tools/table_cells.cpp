// Cells as text.
#include "tools/table_cells.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "tools/table_compare.hpp"

namespace dinobench {
namespace table_cells {
namespace {

std::string measured(const TableCell& cell, const TableLine& line) {
  if (line.state == TableLine::State::missing) return "missing";
  if (cell.values.empty()) return "–";
  std::string text = fmt::format("{:.2f}", cell.mean());
  if (cell.values.size() > 1) text += fmt::format(" ± {:.2f}", cell.deviation());
  const auto count = static_cast<int64_t>(cell.values.size());
  if (count != line.seeds) text += fmt::format(" ({} of {})", count, line.seeds);
  const std::string mark = significance(cell);
  return mark.empty() ? text : text + " " + mark;
}

}  // namespace
}  // namespace table_cells

TextCells table_header(const Table& table) {
  TextCells cells = table.label_titles;
  cells.push_back("seeds");
  for (size_t i = 0; i < table.columns.size(); ++i) {
    cells.push_back(table.columns[i].title);
    if (has_published(table, i)) cells.push_back(table.columns[i].title + ", published");
  }
  return cells;
}

std::vector<TextCells> table_body(const Table& table) {
  std::vector<TextCells> rows;
  for (const TableLine& line : table.lines) {
    TextCells cells = line.labels;
    if (line.state == TableLine::State::published_only && !cells.empty()) cells[0] += " †";
    cells.push_back(fmt::format("{}", line.seeds));
    for (size_t i = 0; i < line.cells.size(); ++i) {
      cells.push_back(table_cells::measured(line.cells[i], line));
      if (!has_published(table, i)) continue;
      const std::string& figure = line.cells[i].published;
      cells.push_back(figure.empty() ? "–" : figure);
    }
    rows.push_back(std::move(cells));
  }
  return rows;
}

bool has_published(const Table& table, size_t column) {
  return std::any_of(table.lines.begin(), table.lines.end(),
                     [&](const auto& line) { return !line.cells[column].published.empty(); });
}

std::string replaced(const std::string& text,
                     const std::vector<std::pair<char, std::string>>& replacements) {
  std::string out;
  for (const char c : text) {
    const auto at = std::find_if(replacements.begin(), replacements.end(),
                                 [c](const auto& pair) { return pair.first == c; });
    out += at == replacements.end() ? std::string(1, c) : at->second;
  }
  return out;
}

}  // namespace dinobench
