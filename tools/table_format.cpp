// The formats by name.
#include "tools/table_format.hpp"

#include "core/error.hpp"

namespace dinobench {

std::vector<std::string> table_formats() { return {"md", "csv", "tex", "html"}; }

std::string format_table(const Table& table, const std::string& format) {
  if (format == "md") return table_markdown(table);
  if (format == "csv") return table_csv(table);
  if (format == "tex") return table_tex(table);
  require(format == "html", "--format {}: expected md, csv, tex or html", format);
  return table_html(table);
}

}  // namespace dinobench
