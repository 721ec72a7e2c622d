// Values to Python's pickle format, protocol 2, as torch.load(weights_only=True) accepts it.
#pragma once

#include <functional>
#include <string>

#include "core/pickle_value.hpp"

namespace dinobench {

/// `storage_key` names the storage that holds a tensor's elements. Throws an input Error for a
/// tensor whose bytes do not match its shape and for values nested deeper than 100.
std::string pickle(const Value& value,
                   const std::function<std::string(const TensorData&)>& storage_key);

}  // namespace dinobench
