// What some work asks of torch.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace dinobench {

/// The operations in their order: name, numbers among the arguments, shapes of the tensors.
std::vector<std::string> operations_of(const std::function<void()>& work);

}  // namespace dinobench
