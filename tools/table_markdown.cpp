// Markdown, its columns aligned for the eye.
#include <algorithm>

#include "core/error.hpp"
#include "tools/table_cells.hpp"
#include "tools/table_format.hpp"

namespace dinobench {
namespace table_markdown_format {
namespace {

// Code points: every character of ours is one column wide.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::vector<size_t> widths_of(const std::vector<TextCells>& rows) {
  std::vector<size_t> widths(rows[0].size(), 3);
  for (const TextCells& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  return widths;
}

// The first `left` cells stand left, the others right.
std::string line(const TextCells& row, const std::vector<size_t>& widths, size_t left) {
  std::string out = "|";
  for (size_t i = 0; i < row.size(); ++i) {
    const std::string space(widths[i] - width_of(row[i]), ' ');
    out += i < left ? " " + row[i] + space + " |" : " " + space + row[i] + " |";
  }
  return out + "\n";
}

std::string rule(const std::vector<size_t>& widths, size_t left) {
  std::string out = "|";
  for (size_t i = 0; i < widths.size(); ++i)
    out += i < left ? " " + std::string(widths[i], '-') + " |"
                    : " " + std::string(widths[i] - 1, '-') + ": |";
  return out + "\n";
}

}  // namespace
}  // namespace table_markdown_format

std::string markdown_table(std::vector<TextCells> rows, size_t labels) {
  using namespace table_markdown_format;
  for (TextCells& row : rows)
    for (std::string& cell : row) cell = replaced(cell, {{'|', "\\|"}, {'<', "\\<"}, {'\n', " "}});
  const std::vector<size_t> widths = widths_of(rows);
  std::string out = line(rows[0], widths, labels) + rule(widths, labels);
  for (size_t i = 1; i < rows.size(); ++i) out += line(rows[i], widths, labels);
  return out;
}

std::string table_markdown(const Table& table) {
  std::vector<TextCells> rows = table_body(table);
  rows.insert(rows.begin(), table_header(table));
  std::string out = table.title.empty() ? "" : "### " + table.title + "\n\n";
  out += markdown_table(std::move(rows), table.label_titles.size());
  for (const std::string& note : table.notes) out += "\n" + note + "\n";
  return out;
}

}  // namespace dinobench
