// Statistics of a cell, and how names are read and ordered.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "tools/table_build.hpp"

namespace dinobench {
namespace table_values {
namespace {

std::string digits_at(const std::string& text, size_t at) {
  size_t end = at;
  while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
  return text.substr(at, end - at);
}

// Of any length: without leading zeros the longer one is the larger.
int compare_numbers(const std::string& a, const std::string& b) {
  const std::string x = a.substr(std::min(a.find_first_not_of('0'), a.size()));
  const std::string y = b.substr(std::min(b.find_first_not_of('0'), b.size()));
  if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
  return x.compare(y);
}

}  // namespace
}  // namespace table_values

double TableCell::mean() const {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double TableCell::deviation() const {
  if (values.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  double squares = 0;
  for (const double value : values) squares += (value - mean()) * (value - mean());
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

const EvaluationRecord* completed_evaluation(const RunRecord& record, const std::string& name) {
  const auto at = record.eval.find(name);
  const bool usable = at != record.eval.end() && text_of(at->second, "status") == "completed";
  return usable ? &at->second : nullptr;
}

std::string text_of(const EvaluationRecord& evaluation, const std::string& name) {
  const auto at = evaluation.attributes.find(name);
  const auto* text =
      at == evaluation.attributes.end() ? nullptr : std::get_if<std::string>(&at->second);
  return text == nullptr ? "" : *text;
}

std::string line_name(const TableLine& line) {
  return fmt::format("{}", fmt::join(line.labels, "/"));
}

bool natural_less(const std::string& a, const std::string& b) {
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    const std::string x = table_values::digits_at(a, i), y = table_values::digits_at(b, j);
    if (!x.empty() && !y.empty()) {
      const int order = table_values::compare_numbers(x, y);
      if (order != 0) return order < 0;
      i += x.size(), j += y.size();
      continue;
    }
    if (a[i] != b[j]) return a[i] < b[j];
    ++i, ++j;
  }
  return a.size() - i < b.size() - j;
}

}  // namespace dinobench
