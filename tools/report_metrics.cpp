// Every metric of every record, and where each record comes from.
#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/escaped_text.hpp"
#include "tools/report_page.hpp"
#include "tools/table_cells.hpp"

namespace dinobench {
namespace report_metrics_part {
namespace {

struct NaturalLess {
  bool operator()(const std::string& a, const std::string& b) const {
    if (natural_less(a, b) != natural_less(b, a)) return natural_less(a, b);
    return a < b;
  }
};
using Rows = std::map<std::string, std::string, NaturalLess>;  // metric -> rows of its table

// The interval on a scale from 0 to 100, the value a stroke in it.
std::string bar(const Metric& metric) {
  if (metric.unit != "percent" || !std::isfinite(metric.ci_low) || !std::isfinite(metric.ci_high))
    return "";
  return fmt::format(
      "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
      "<line class=\"grid\" x1=\"0\" y1=\"5\" x2=\"100\" y2=\"5\"/><rect class=\"c0\" x=\"{:.1f}\" "
      "y=\"3\" width=\"{:.1f}\" height=\"4\"/><rect class=\"c1\" x=\"{:.1f}\" y=\"1\" "
      "width=\"0.8\" height=\"8\"/></svg>",
      metric.ci_low, metric.ci_high - metric.ci_low, metric.value);
}

std::string row_of(const std::string& name, const RunRecord& record, const Metric& metric) {
  const bool bounded = std::isfinite(metric.ci_low) && std::isfinite(metric.ci_high);
  return fmt::format(
      "<tr><td>{}</td><td>{}</td><td>{:.4f}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></"
      "tr>\n",
      markup_text(name), markup_text(record_label(record)), metric.value,
      bounded ? fmt::format("{:.4f} to {:.4f}", metric.ci_low, metric.ci_high) : "–",
      markup_text(metric.unit), metric.n, bar(metric));
}

std::string row_of(const std::string& name, const std::string& value) {
  return fmt::format("<tr><th>{}</th><td class=\"wrap\">{}</td></tr>\n", markup_text(name),
                     markup_text(value));
}

std::string attribute_text(const Attribute& attribute) {
  return std::visit([](const auto& value) { return fmt::format("{}", value); }, attribute);
}

std::string attribute_table(const Attributes& attributes) {
  std::string out = "<div class=\"scroll\">\n<table>\n<tbody>\n";
  for (const auto& [name, value] : attributes) out += row_of(name, attribute_text(value));
  return out + "</tbody>\n</table>\n</div>\n";
}

std::string details(const std::string& summary, const std::string& body) {
  return fmt::format("<details>\n<summary>{}</summary>\n{}</details>\n", markup_text(summary),
                     body);
}

}  // namespace
}  // namespace report_metrics_part

std::string report_metrics(const std::vector<NamedRecord>& records) {
  using namespace report_metrics_part;
  std::map<std::string, Rows> evaluations;
  for (const NamedRecord& named : records)
    for (const auto& [name, evaluation] : named.record.eval)
      for (const auto& [metric, value] : evaluation.metrics)
        evaluations[name][metric] += row_of(metric, named.record, value);
  std::string out;
  for (const auto& [name, metrics] : evaluations) {
    std::string rows;
    for (const auto& [metric, text] : metrics) rows += text;
    out += details(fmt::format("{}: {} metrics", name, metrics.size()),
                   "<div class=\"scroll\">\n<table>\n<thead><tr><th>metric</th><th>record</th>"
                   "<th>value</th><th>95 % interval</th><th>unit</th><th>n</th><th>0 to 100</th>"
                   "</tr></thead>\n<tbody>\n" +
                       rows + "</tbody>\n</table>\n</div>\n");
  }
  return out;
}

std::string report_provenance(const std::vector<NamedRecord>& records) {
  using namespace report_metrics_part;
  std::string out;
  for (const NamedRecord& named : records) {
    std::string body = attribute_table(named.record.attributes);
    Attributes options;
    for (const auto& [name, value] : named.record.options) options[name] = value;
    if (!options.empty()) body += "<h3>Options</h3>\n" + attribute_table(options);
    for (const auto& [name, evaluation] : named.record.eval)
      body += "<h3>" + markup_text(name) + "</h3>\n" + attribute_table(evaluation.attributes);
    out += details(fmt::format("{}: {}", record_label(named.record), named.file), body);
  }
  return out;
}

}  // namespace dinobench
