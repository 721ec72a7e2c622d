// Curves of training, averaged over seeds, and what they say about collapse.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "core/error.hpp"
#include "core/escaped_text.hpp"
#include "core/numbers.hpp"
#include "tools/report_page.hpp"
#include "tools/svg_chart.hpp"
#include "tools/table_cells.hpp"
#include "train/collapse_watch.hpp"

namespace dinobench {
namespace report_training {
namespace {

constexpr size_t kPoints = 200;  // of a curve; longer series are averaged in equal parts

using Series = std::vector<double>;

// Means of equal parts; NaN entries (values not taken at every step) are left out.
Series thinned(const Series& series, size_t points) {
  Series out;
  for (size_t part = 0; part < points; ++part) {
    double sum = 0, count = 0;
    for (size_t i = part * series.size() / points; i < (part + 1) * series.size() / points; ++i) {
      if (!std::isfinite(series[i])) continue;
      sum += series[i];
      ++count;
    }
    out.push_back(count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN());
  }
  return out;
}

// Mean over seeds, and the mean less and plus the sample deviation where there are two or more.
ChartLine line_over(const std::string& label, const std::vector<const Series*>& seeds) {
  size_t length = seeds[0]->size();
  for (const Series* series : seeds) length = std::min(length, series->size());
  const size_t points = std::min(length, kPoints);
  std::vector<Series> curves;
  for (const Series* series : seeds)
    curves.push_back(
        thinned({series->begin(), series->begin() + static_cast<std::ptrdiff_t>(length)}, points));
  ChartLine line{label, {}, {}, {}, {}};
  const auto part = static_cast<double>(length) / static_cast<double>(points);
  for (size_t i = 0; i < points; ++i) {
    TableCell cell;
    for (const Series& curve : curves)
      if (std::isfinite(curve[i])) cell.values.push_back(curve[i]);
    if (cell.values.empty()) continue;
    line.x.push_back((static_cast<double>(i) + 0.5) * part);
    line.y.push_back(cell.mean());
    line.low.push_back(cell.mean() - cell.deviation());
    line.high.push_back(cell.mean() + cell.deviation());
  }
  return line;
}

std::map<std::string, std::vector<const RunRecord*>> groups_of(
    const std::vector<NamedRecord>& records) {
  std::map<std::string, std::vector<const RunRecord*>> groups;
  for (const NamedRecord& named : records)
    if (!named.record.train.empty()) groups[record_group(named.record)].push_back(&named.record);
  return groups;
}

// Series that are curves: norms by parameter are too many, step and epoch are axes.
std::set<std::string> names_of(const std::vector<NamedRecord>& records) {
  std::set<std::string> names;
  for (const NamedRecord& named : records)
    for (const auto& [name, series] : named.record.train)
      if (name != "step" && name != "epoch" && name.find('/') == std::string::npos &&
          !series.empty())
        names.insert(name);
  return names;
}

// Every group has its place, so that its colour is the same in all charts.
std::string chart_of(const std::string& name, const std::vector<NamedRecord>& records) {
  std::vector<ChartLine> lines;
  for (const auto& [group, members] : groups_of(records)) {
    std::vector<const Series*> seeds;
    for (const RunRecord* record : members) {
      const auto at = record->train.find(name);
      if (at != record->train.end() && !at->second.empty()) seeds.push_back(&at->second);
    }
    lines.push_back(seeds.empty() ? ChartLine{group, {}, {}, {}, {}} : line_over(group, seeds));
  }
  const std::string chart = svg_chart(name, "step", lines);
  if (chart.empty()) return "";
  return fmt::format("<figure><figcaption>{}</figcaption>{}</figure>\n", markup_text(name), chart);
}

std::string legend(const std::vector<NamedRecord>& records) {
  std::string out = "<ul class=\"legend\">\n";
  size_t place = 0;
  for (const auto& [group, members] : groups_of(records))
    out += fmt::format(
        "<li><svg viewBox=\"0 0 10 6\" aria-hidden=\"true\"><rect class=\"c{}\" width=\"10\" "
        "height=\"6\"/></svg>{}, {} {}</li>\n",
        place++ % 8, markup_text(group), members.size(), members.size() == 1 ? "seed" : "seeds");
  return out + "</ul>\n";
}

// ln K of the head that the entropies are over; 0 where the record names none.
double uniform_entropy(const RunRecord& record) {
  const auto outputs = record.options.find("out_dim");
  const bool known = outputs != record.options.end() && looks_like_number(outputs->second);
  return known ? std::log(parse_double(outputs->second, "out_dim")) : 0;
}

std::string last_value(const RunRecord& record, const char* name) {
  const auto at = record.train.find(name);
  if (at == record.train.end() || at->second.empty()) return "–";
  const auto count = std::min<std::ptrdiff_t>(50, std::ssize(at->second));
  const double sum = std::accumulate(at->second.end() - count, at->second.end(), 0.0);
  return fmt::format("{:.4f}", sum / static_cast<double>(count));
}

}  // namespace
}  // namespace report_training

std::string report_collapse(const std::vector<NamedRecord>& records) {
  using namespace report_training;
  std::string rows;
  for (const NamedRecord& named : records) {
    const double uniform = uniform_entropy(named.record);
    if (!named.record.train.contains("teacher_entropy") || uniform <= 0) continue;
    const std::string verdict = collapse_verdict(named.record, uniform);
    rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{:.4f}</td><td>{}</td><td{}>{}</td></tr>\n",
                        markup_text(record_label(named.record)),
                        last_value(named.record, "teacher_entropy"), uniform,
                        last_value(named.record, "kl"), verdict.empty() ? "" : " class=\"bad\"",
                        verdict.empty() ? "no collapse" : markup_text(verdict));
  }
  if (rows.empty()) return "";
  return "<div class=\"scroll\">\n<table>\n<thead><tr><th>record</th><th>teacher entropy, nats</th>"
         "<th>uniform</th><th>KL, nats</th><th>verdict</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody>\n</table>\n</div>\n<p class=\"note\">Means over the last 50 steps.</p>\n";
}

std::string report_curves(const std::vector<NamedRecord>& records) {
  using namespace report_training;
  std::string charts;
  for (const std::string& name : names_of(records)) charts += chart_of(name, records);
  if (charts.empty()) return "";
  return legend(records) + "<div class=\"charts\">\n" + charts +
         "</div>\n<p class=\"note\">Lines: means over seeds. Bands: one sample deviation to either "
         "side, from two seeds on.</p>\n";
}

}  // namespace dinobench
