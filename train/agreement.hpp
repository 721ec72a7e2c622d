// A check that ranks have not drifted apart.
#pragma once

#include <string>

#include "backbones/state.hpp"
#include "comm/communicator.hpp"

namespace dinobench {

/// A 64-bit checksum over the bytes of all tensors, in order.
uint64_t checksum(const NamedTensors& tensors);

/// Collective. Run Error naming the first rank whose tensors differ from rank 0's in any bit;
/// `when` completes the sentence ("at the start").
void require_equal_on_ranks(const NamedTensors& tensors, Communicator& comm,
                            const std::string& when);

}  // namespace dinobench
