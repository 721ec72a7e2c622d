// Two numbers out of flat JSON lines.
#include "tools/run_state_log.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/numbers.hpp"

namespace dinobench {
namespace run_log {
namespace {

std::optional<double> value_of(std::string_view line, const std::string& name) {
  const std::string key = "\"" + name + "\":";
  const size_t at = line.find(key);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + key.size());
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(",} "));
  if (!looks_like_number(word)) return std::numeric_limits<double>::quiet_NaN();
  return parse_double(word, name);
}

}  // namespace
}  // namespace run_log

LastEpoch last_epoch(std::string_view log) {
  while (!log.empty()) {
    log = log.substr(0, log.find_last_not_of("\r\n") + 1);
    const size_t start = log.rfind('\n') + 1;  // npos + 1 is 0
    const std::string_view line = log.substr(start);
    const auto epoch = run_log::value_of(line, "epoch");
    if (line.ends_with('}') && epoch && std::isfinite(*epoch)) {
      const auto loss = run_log::value_of(line, "train_loss");
      return {static_cast<int64_t>(*epoch), loss ? *loss : std::nan("")};
    }
    log = log.substr(0, start);
  }
  return {-1, std::nan("")};
}

}  // namespace dinobench
