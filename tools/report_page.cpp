// The frame of the page, and how records are called on it.
#include "tools/report_page.hpp"

#include "core/error.hpp"
#include "core/escaped_text.hpp"
#include "tools/table_cells.hpp"

namespace dinobench {
namespace report_page_frame {
namespace {

struct Section {
  const char *id, *title;
  std::string body;
};

std::string section(const Section& part) {
  return fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", part.id, part.title,
                     part.body);
}

}  // namespace
}  // namespace report_page_frame

std::string record_group(const RunRecord& record) {
  const std::string experiment = record.text("experiment");
  const std::string network = record.text("method") + "/" + record.text("backbone");
  return experiment.empty() ? network : fmt::format("{} ({})", network, experiment);
}

std::string record_label(const RunRecord& record) {
  return fmt::format("{}, seed {}", record_group(record), record.text("seed"));
}

std::string report_page(const std::vector<NamedRecord>& records, const ReportSettings& settings) {
  using report_page_frame::Section;
  const std::vector<Section> sections{
      {"records", "Records", report_records(records, settings)},
      {"tables", "Tables", report_tables(records, settings)},
      {"collapse", "Collapse", report_collapse(records)},
      {"curves", "Training", report_curves(records)},
      {"pictures", "Attention", report_pictures(records, settings)},
      {"metrics", "Every metric, with its 95 % interval", report_metrics(records)},
      {"provenance", "Provenance", report_provenance(records)}};
  std::string menu, body;
  for (const Section& part : sections) {
    if (part.body.empty()) continue;
    menu += fmt::format("<a href=\"#{}\">{}</a>\n", part.id, part.title);
    body += report_page_frame::section(part);
  }
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>\n{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n<nav>\n{2}</nav>\n"
      "{3}</body>\n</html>\n",
      markup_text(settings.title), report_style(), menu, body);
}

}  // namespace dinobench
