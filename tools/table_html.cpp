// One HTML table and its notes, without a page around them.
#include "core/error.hpp"
#include "core/escaped_text.hpp"
#include "tools/table_cells.hpp"
#include "tools/table_format.hpp"

namespace dinobench {
namespace table_html_format {
namespace {

std::string line(const TextCells& row, const char* tag) {
  std::string out = "<tr>";
  for (const std::string& cell : row) out += fmt::format("<{0}>{1}</{0}>", tag, markup_text(cell));
  return out + "</tr>\n";
}

}  // namespace
}  // namespace table_html_format

std::string table_html(const Table& table) {
  using namespace table_html_format;
  std::string out = "<div class=\"scroll\">\n<table>\n";
  if (!table.title.empty()) out += "<caption>" + markup_text(table.title) + "</caption>\n";
  out += "<thead>\n" + line(table_header(table), "th") + "</thead>\n<tbody>\n";
  for (const TextCells& row : table_body(table)) out += line(row, "td");
  out += "</tbody>\n</table>\n</div>\n";
  for (const std::string& note : table.notes)
    out += "<p class=\"note\">" + markup_text(note) + "</p>\n";
  return out;
}

}  // namespace dinobench
