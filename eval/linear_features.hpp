// What a linear probe sees of a frozen network (dino.md 8.2).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "eval/evaluation.hpp"

namespace dinobench {

struct ProbeInput {
  int64_t n_last_blocks = 4;
  bool avgpool_patchtokens = false;  // with n_last_blocks = 1 alone
};

/// A network whose feature is the probe's input, float [B, D]:
/// - with tokens, avgpool false: the cls tokens of the last n blocks, each through the final norm,
///   oldest first, D = n * width;
/// - with tokens, avgpool true, n = 1: cls c and mean patch token a interleaved, c0 a0 c1 a1 ...,
///   D = 2 * width;
/// - without tokens (ResNet, pixels): its own feature; the settings are not used.
/// Input Error: avgpool with n other than 1, or more blocks than there are.
FrozenModel probe_network(const FrozenModel& model, const ProbeInput& input);

/// In words, for the record: "cls of the last 4 blocks".
std::string describe(const FrozenModel& model, const ProbeInput& input);

/// Input Error for average pooling with several blocks, as in the reference, where shapes do not
/// fit.
void check(const ProbeInput& input);

}  // namespace dinobench
