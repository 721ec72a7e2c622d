// Records side by side, name by name.
#include "tools/record_diff.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "tools/answers.hpp"
#include "tools/record_circumstances.hpp"

namespace dinobench {
namespace record_diff {
namespace {

constexpr const char* kAbsent = "-";

template <class Map, class Work>
void each_name(const Map& then, const Map& now, Work work) {
  std::set<std::string> names;
  for (const auto* map : {&then, &now})
    for (const auto& [name, value] : *map) names.insert(name);
  for (const std::string& name : names) {
    const auto a = then.find(name), b = now.find(name);
    work(name, a == then.end() ? nullptr : &a->second, b == now.end() ? nullptr : &b->second);
  }
}

std::string shown(const std::string* value) { return value == nullptr ? kAbsent : *value; }
std::string shown(const Attribute* value) {
  if (value == nullptr) return kAbsent;
  return std::visit([](const auto& one) { return fmt::format("{}", one); }, *value);
}
std::string shown(const Metric* value) {
  return value == nullptr ? kAbsent
                          : fmt::format("{} {} (n {})", value->value, value->unit, value->n);
}

template <class Map>
void compare_fields(const std::string& prefix, const Map& then, const Map& now, bool options,
                    std::vector<FieldChange>& out) {
  each_name(then, now, [&](const std::string& name, const auto* a, const auto* b) {
    const std::string before = shown(a), after = shown(b);
    if (before == after || is_measured_attribute(name)) return;
    const bool circumstance = options ? is_circumstance_option(name) : is_circumstance(name);
    out.push_back({prefix + name, before, after, circumstance});
  });
}

SeriesParting parting(const std::string& name, const std::vector<double>* a,
                      const std::vector<double>* b, double rtol) {
  static const std::vector<double> nothing;
  const auto &then = a == nullptr ? nothing : *a, &now = b == nullptr ? nothing : *b;
  SeriesParting out{.name = name,
                    .then_steps = static_cast<int64_t>(then.size()),
                    .now_steps = static_cast<int64_t>(now.size()),
                    .then = kAbsent,
                    .now = kAbsent};
  const auto bits = difference_of(then, now, 0), beyond = difference_of(then, now, rtol);
  if (bits) out.first_bits = bits->first;
  if (beyond) out.first_beyond = beyond->first;
  const auto& where = out.first_beyond >= 0 ? beyond : bits;
  if (where && where->first >= 0) out.then = where->then, out.now = where->now;
  return out;
}

void compare_series(const RunRecord& then, const RunRecord& now, double rtol, RecordDiff& out) {
  each_name(then.train, now.train, [&](const std::string& name, const auto* a, const auto* b) {
    if (is_timing_series(name)) return;
    SeriesParting found = parting(name, a, b, rtol);
    if (found.first_bits >= 0 || found.then_steps != found.now_steps)
      out.series.push_back(std::move(found));
  });
}

void compare_arrays(const std::string& evaluation, const EvaluationRecord& then,
                    const EvaluationRecord& now, RecordDiff& out) {
  each_name(then.raw, now.raw, [&](const std::string& name, const Array* a, const Array* b) {
    const std::string place = evaluation + " raw/" + name;
    if (a == nullptr || b == nullptr)
      out.arrays.push_back({place, a == nullptr ? "only in the second" : "only in the first"});
    else if (const auto difference = difference_of(*a, *b, 0))
      out.arrays.push_back({place, difference->text()});
  });
}

void compare_answers(const std::string& evaluation, const EvaluationRecord& then,
                     const EvaluationRecord& now, RecordDiff& out) {
  const Answers before = answers_of(then), after = answers_of(now);
  for (const auto& [key, answer] : before) {
    const auto at = after.find(key);
    if (at == after.end() || at->second.value == answer.value) continue;
    out.flips.push_back(
        {evaluation, key.what, key.image, key.other, answer.truth, answer.value, at->second.value});
  }
}

void compare_evaluations(const RunRecord& then, const RunRecord& now, RecordDiff& out) {
  each_name(then.eval, now.eval,
            [&](const std::string& name, const EvaluationRecord* a, const EvaluationRecord* b) {
              if (a == nullptr || b == nullptr) {
                const std::string held = "held", place = "eval/" + name;
                out.fields.push_back(
                    {place, a == nullptr ? kAbsent : held, b == nullptr ? kAbsent : held, false});
                return;
              }
              compare_fields(name + " ", a->attributes, b->attributes, false, out.fields);
              compare_fields(name + " ", a->metrics, b->metrics, false, out.metrics);
              compare_arrays(name, *a, *b, out);
              compare_answers(name, *a, *b, out);
            });
}

}  // namespace
}  // namespace record_diff

bool RecordDiff::equal() const {
  return metrics.empty() && series.empty() && arrays.empty() &&
         std::all_of(fields.begin(), fields.end(),
                     [](const FieldChange& field) { return field.circumstance; });
}

RecordDiff diff_records(const RunRecord& then, const RunRecord& now, double rtol) {
  RecordDiff out;
  record_diff::compare_fields("", then.attributes, now.attributes, false, out.fields);
  record_diff::compare_fields("--", then.options, now.options, true, out.fields);
  record_diff::compare_series(then, now, rtol, out);
  record_diff::compare_evaluations(then, now, out);
  return out;
}

}  // namespace dinobench
