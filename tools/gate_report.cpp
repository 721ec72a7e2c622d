// Writers of the gate's three reports.
#include "tools/gate_report.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/escaped_text.hpp"
#include "tools/table_format.hpp"

namespace dinobench {
namespace gate_report {
namespace {

constexpr Verdict kVerdicts[] = {Verdict::equal, Verdict::better, Verdict::worse, Verdict::broken};

bool alarms(const GateFinding& finding) {
  return finding.verdict == Verdict::worse || finding.verdict == Verdict::broken;
}

std::string name(const GateFinding& finding) {
  if (finding.evaluation.empty()) return "record";
  return finding.what.empty() ? finding.evaluation : finding.evaluation + " " + finding.what;
}

std::string side(const GateSide& side) {
  if (std::isnan(side.mean)) return "";
  std::string out = fmt::format("{:.2f}", side.mean);
  if (!std::isnan(side.deviation)) out += fmt::format(" ± {:.2f}", side.deviation);
  return fmt::format("{} ({})", out, side.runs);
}

std::string signed_number(double value, const char* sign) {
  if (std::isnan(value)) return "";
  return *sign == '+' ? fmt::format("{:+.2f}", value) : fmt::format("{:.2f}", value);
}

std::vector<std::string> row(const GateFinding& finding) {
  return {finding.runs(),
          name(finding),
          name_of(finding.verdict),
          side(finding.then),
          side(finding.now),
          signed_number(finding.now.mean - finding.then.mean, "+"),
          signed_number(finding.tolerance, "")};
}

std::string counted(const GateReport& report) {
  std::vector<std::string> parts;
  for (const Verdict verdict : kVerdicts)
    if (report.count(verdict) > 0)
      parts.push_back(fmt::format("{} {}", report.count(verdict), name_of(verdict)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string json_side(const GateSide& side) {
  return fmt::format("{{\"mean\": {}, \"deviation\": {}, \"runs\": {}}}", json_number(side.mean),
                     json_number(side.deviation), side.runs);
}

std::string json_finding(const GateFinding& f) {
  return fmt::format(
      "{{\"experiment\": {}, \"method\": {}, \"backbone\": {}, \"dataset_fingerprint\": {}, "
      "\"seed\": {}, "
      "\"evaluation\": {}, \"what\": {}, \"verdict\": {}, \"alarm\": {}, \"then\": {}, \"now\": "
      "{}, "
      "\"tolerance\": {}, \"reason\": {}}}",
      json_text(f.group.experiment), json_text(f.group.method), json_text(f.group.backbone),
      json_text(f.group.dataset_fingerprint), json_text(f.seed), json_text(f.evaluation),
      json_text(f.what), json_text(name_of(f.verdict)), alarms(f), json_side(f.then),
      json_side(f.now), json_number(f.tolerance), json_text(f.reason));
}

std::string junit_case(const GateFinding& finding) {
  const std::string head = fmt::format("    <testcase classname=\"{}\" name=\"{}\"",
                                       markup_text(finding.runs()), markup_text(name(finding)));
  const std::string reason = markup_text(finding.reason);
  if (alarms(finding))
    return fmt::format(
        "{}>\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n", head,
        name_of(finding.verdict), reason, reason);
  return head + "/>\n";
}

}  // namespace
}  // namespace gate_report

std::string gate_table(const GateReport& report) {
  using namespace gate_report;
  std::vector<const GateFinding*> order;
  for (const GateFinding& finding : report.findings) order.push_back(&finding);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return alarms(*a) && !alarms(*b); });
  std::vector<std::vector<std::string>> rows{
      {"runs", "metric", "verdict", "baseline (runs)", "new (runs)", "change", "tolerance"}};
  for (const GateFinding* finding : order) rows.push_back(row(*finding));
  std::string out = markdown_table(std::move(rows), 3) + "\n";
  for (const GateFinding* finding : order)
    if (finding->verdict != Verdict::equal)
      out += fmt::format("{}: {}: {}: {}\n", name_of(finding->verdict), finding->runs(),
                         name(*finding), finding->reason);
  for (const std::string& note : report.notes) out += note + "\n";
  return out + fmt::format("{}\n{}: {}\n", report.rule, report.alarm() ? "ALARM" : "good",
                           counted(report));
}

std::string gate_json(const GateReport& report) {
  using namespace gate_report;
  std::vector<std::string> counts, findings, notes;
  for (const Verdict verdict : kVerdicts)
    counts.push_back(fmt::format("{}: {}", json_text(name_of(verdict)), report.count(verdict)));
  for (const GateFinding& finding : report.findings) findings.push_back(json_finding(finding));
  for (const std::string& note : report.notes) notes.push_back(json_text(note));
  return fmt::format(
      "{{\"alarm\": {}, \"rule\": {}, \"counts\": {{{}}},\n \"notes\": [{}],\n \"findings\": [\n  "
      "{}]}}\n",
      report.alarm(), json_text(report.rule), fmt::join(counts, ", "), fmt::join(notes, ", "),
      fmt::join(findings, ",\n  "));
}

std::string gate_junit(const GateReport& report) {
  using namespace gate_report;
  std::string cases;
  for (const GateFinding& finding : report.findings) cases += junit_case(finding);
  const int64_t alarms = report.count(Verdict::worse) + report.count(Verdict::broken);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"dinobench check\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n{}  "
      "</testsuite>\n</testsuites>\n",
      report.findings.size(), alarms, cases);
}

}  // namespace dinobench
