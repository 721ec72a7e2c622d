// Attributes as text.
#include "core/run_record.hpp"

#include <fmt/format.h>

namespace dinobench {

std::string RunRecord::text(const std::string& name) const {
  const auto at = attributes.find(name);
  if (at == attributes.end()) return "";
  return std::visit([](const auto& value) { return fmt::format("{}", value); }, at->second);
}

}  // namespace dinobench
