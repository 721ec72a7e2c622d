// What happened in one run, in plain types. core/hdf5_store writes and reads it.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace dinobench {

/// A dense array with its shape, row-major. Element types are those that a record stores.
struct Array {
  std::vector<int64_t> shape;
  std::variant<std::vector<float>, std::vector<double>, std::vector<int64_t>, std::vector<uint8_t>,
               std::vector<std::string>>
      values;
};

using Attribute = std::variant<int64_t, double, std::string>;
using Attributes = std::map<std::string, Attribute>;

/// One number of an evaluation, with its unit ("percent", "seconds" ...), the count it is over and
/// its interval (NaN where none was computed).
struct Metric {
  double value = 0;
  std::string unit;
  int64_t n = 0;
  double ci_low = std::numeric_limits<double>::quiet_NaN();
  double ci_high = std::numeric_limits<double>::quiet_NaN();
};

struct EvaluationRecord {
  Attributes attributes;  // protocol, status, seconds ...
  std::map<std::string, Metric> metrics;
  std::map<std::string, Array> raw;  // per-image answers
};

/// The record of the contract: attributes of /, /options, /train/<series>, /eval/<name>/...
struct RunRecord {
  Attributes attributes;
  std::map<std::string, std::string> options;
  std::map<std::string, std::vector<double>>
      train;  // one entry per optimiser step; names may hold '/' (norms/<p>)
  std::map<std::string, EvaluationRecord> eval;

  std::string text(const std::string& name) const;  ///< an attribute as text, "" if absent
  double number(const std::string& name) const;     ///< NaN if absent or text
};

constexpr int64_t record_schema_version = 1;

}  // namespace dinobench
