// Attributes as text and as numbers.
#include "core/run_record.hpp"

#include <fmt/format.h>

#include <cmath>

namespace dinobench {

std::string RunRecord::text(const std::string& name) const {
  const auto at = attributes.find(name);
  if (at == attributes.end()) return "";
  return std::visit([](const auto& value) { return fmt::format("{}", value); }, at->second);
}

double RunRecord::number(const std::string& name) const {
  const auto at = attributes.find(name);
  if (at == attributes.end()) return std::nan("");
  if (const auto* whole = std::get_if<int64_t>(&at->second)) return static_cast<double>(*whole);
  const auto* real = std::get_if<double>(&at->second);
  return real == nullptr ? std::nan("") : *real;
}

}  // namespace dinobench
