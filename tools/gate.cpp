// Groups, verdicts, and what makes two records comparable.
#include "tools/gate.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace dinobench {
namespace gate {
namespace {

GateFinding whole_record(const GateGroup& group, std::string reason) {
  return {.group = group,
          .evaluation = "",
          .what = "",
          .verdict = Verdict::broken,
          .reason = std::move(reason)};
}

std::string unfinished(const NamedRecord& record) {
  const std::string error = record.record.text("error");
  return fmt::format("{} is {}{}", record.file, record.record.text("status"),
                     error.empty() ? "" : " (" + error + ")");
}

bool completed(const NamedRecord& record) { return record.record.text("status") == "completed"; }

std::string missing(const GateGroup& group, const GateInput& input) {
  for (const auto& [other, members] : input.now)
    if (other.experiment == group.experiment && other.method == group.method &&
        other.backbone == group.backbone)
      return fmt::format("the data differ: dataset_fingerprint {} then, {} now in {}",
                         group.dataset_fingerprint, other.dataset_fingerprint,
                         members.front()->file);
  return "no completed record of it among the new ones";
}

}  // namespace
}  // namespace gate

std::string GateGroup::label() const {
  std::string out;
  for (const std::string* part : {&experiment, &method, &backbone})
    if (!part->empty()) out += (out.empty() ? "" : " ") + *part;
  return out.empty() ? "(unnamed)" : out;
}

std::string GateFinding::runs() const {
  return seed.empty() ? group.label() : group.label() + " seed " + seed;
}

GateGroup group_of(const RunRecord& record) {
  return {record.text("experiment"), record.text("method"), record.text("backbone"),
          record.text("dataset_fingerprint")};
}

std::string name_of(Verdict verdict) {
  constexpr const char* names[] = {"equal", "better", "WORSE", "BROKEN"};
  return names[static_cast<size_t>(verdict)];
}

int64_t GateReport::count(Verdict verdict) const {
  return std::count_if(findings.begin(), findings.end(),
                       [&](const GateFinding& finding) { return finding.verdict == verdict; });
}

GateInput sort_records(const std::vector<NamedRecord>& baseline,
                       const std::vector<NamedRecord>& fresh, GateReport& report) {
  GateInput input;
  for (const NamedRecord& record : baseline) {
    if (gate::completed(record))
      input.then[group_of(record.record)].push_back(&record);
    else
      report.notes.push_back("left out of the baseline: " + gate::unfinished(record));
  }
  require(!input.then.empty(), "none of the {} baseline records is complete", baseline.size());
  for (const NamedRecord& record : fresh) {
    const GateGroup group = group_of(record.record);
    if (gate::completed(record))
      input.now[group].push_back(&record);
    else
      report.findings.push_back(gate::whole_record(group, gate::unfinished(record)));
  }
  for (const auto& [group, members] : input.then)
    if (!input.now.contains(group))
      report.findings.push_back(gate::whole_record(group, gate::missing(group, input)));
  for (const auto& [group, members] : input.now)
    if (!input.then.contains(group))
      report.notes.push_back("not in the baseline: " + group.label());
  return input;
}

std::string attribute_text(const EvaluationRecord& evaluation, const std::string& name) {
  const auto at = evaluation.attributes.find(name);
  if (at == evaluation.attributes.end()) return "";
  return std::visit([](const auto& value) { return fmt::format("{}", value); }, at->second);
}

std::string mismatch(const EvaluationRecord& then, const EvaluationRecord& now) {
  for (const char* name : {"status", "protocol", "dataset_fingerprint"}) {
    const std::string before = attribute_text(then, name), after = attribute_text(now, name);
    const std::string error = attribute_text(now, "error");
    if (before != after)
      return fmt::format("{} was '{}', is '{}'{}", name, before, after,
                         error.empty() ? "" : " (" + error + ")");
  }
  return "";
}

bool lower_is_better(const std::string& metric) {
  const auto names = {"decay", "loss", "error"};
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return metric == name || metric.ends_with("_" + name) || metric.starts_with(name + "_");
  });
}

}  // namespace dinobench
