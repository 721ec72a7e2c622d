// The list of records, and the tables of the layouts that have something to say about them.
#include <algorithm>
#include <cctype>

#include "core/error.hpp"
#include "core/escaped_text.hpp"
#include "tools/report_page.hpp"
#include "tools/table_cells.hpp"
#include "tools/table_compare.hpp"
#include "tools/table_format.hpp"

namespace dinobench {
namespace report_tables_part {
namespace {

namespace fs = std::filesystem;

// RFC 3986: what is not unreserved becomes %XX; '/' stays.
std::string link_to(const fs::path& file, const fs::path& page) {
  const fs::path from = fs::absolute(page).lexically_normal().parent_path();
  std::string out;
  for (const char c : fs::absolute(file).lexically_normal().lexically_relative(from).string()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 ||
                                       std::string("-._~/").find(c) != std::string::npos);
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

bool measured_anywhere(const Table& table) {
  return std::any_of(table.lines.begin(), table.lines.end(), [](const TableLine& line) {
    return std::any_of(line.cells.begin(), line.cells.end(),
                       [](const TableCell& cell) { return !cell.values.empty(); });
  });
}

bool has_line(const Table& table, const std::string& name) {
  return std::any_of(table.lines.begin(), table.lines.end(), [&](const TableLine& line) {
    return line_name(line) == name && !line.records.empty();
  });
}

std::string failed(const std::string& layout, const std::string& reason) {
  return fmt::format("<p class=\"bad\">{}: {}</p>\n", markup_text(layout), markup_text(reason));
}

// "" where the layout has no value to show.
std::string table_of(const std::string& name, const std::vector<NamedRecord>& records,
                     const std::string& against, bool asked_for) {
  try {
    Table table = build_table(name.empty() ? default_layout() : read_layout(name), records);
    if (!asked_for && !measured_anywhere(table)) return "";
    if (has_line(table, against)) compare_lines(table, against);
    return table_html(table);
  } catch (const Error& error) {
    return failed(name, error.what());
  }
}

std::string row_of(const NamedRecord& named, const ReportSettings& settings) {
  const RunRecord& record = named.record;
  const std::string status = record.text("status"), error = record.text("error");
  std::string out =
      fmt::format("<tr><td><a href=\"{}\">{}</a></td>", link_to(named.file, settings.output),
                  markup_text(fs::path(named.file).filename().string()));
  for (const char* name : {"method", "backbone", "experiment", "seed"})
    out += "<td>" + markup_text(record.text(name)) + "</td>";
  out += fmt::format("<td{}>{}</td>", status == "completed" ? "" : " class=\"bad\"",
                     markup_text(error.empty() ? status : status + ": " + error));
  return out + "<td>" + markup_text(record.text("started_utc")) + "</td></tr>\n";
}

}  // namespace
}  // namespace report_tables_part

std::string report_records(const std::vector<NamedRecord>& records,
                           const ReportSettings& settings) {
  std::string out =
      "<div class=\"scroll\">\n<table>\n<thead><tr><th>record</th><th>method</th><th>backbone</th>"
      "<th>experiment</th><th>seed</th><th>status</th><th>started</th></tr></thead>\n<tbody>\n";
  for (const NamedRecord& record : records) out += report_tables_part::row_of(record, settings);
  return out + "</tbody>\n</table>\n</div>\n";
}

std::string report_tables(const std::vector<NamedRecord>& records, const ReportSettings& settings) {
  if (std::none_of(records.begin(), records.end(), [](const NamedRecord& named) {
        return named.record.text("status") == "completed";
      }))
    return report_tables_part::failed("no tables", "none of the records is complete");
  const bool asked_for = !settings.layouts.empty();
  std::vector<std::string> names = asked_for ? settings.layouts : layout_names();
  if (names.empty()) names = {""};  // the program stands alone: every metric in one table
  std::string out;
  for (const std::string& name : names)
    out += report_tables_part::table_of(name, records, settings.against, asked_for);
  return out;
}

}  // namespace dinobench
