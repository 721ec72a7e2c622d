// A callback of torch's profiling interface, as in train/flop_count.cpp.
#include "tests/gpu/operations_of.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/record_function.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

namespace dinobench {
namespace {

std::vector<std::string> seen;

std::unique_ptr<at::ObserverContext> note(const at::RecordFunction& function) {
  std::string line = function.name();
  for (const c10::IValue& input : function.inputs()) {
    if (input.isDouble()) line += fmt::format(" {}", input.toDouble());
    if (input.isInt()) line += fmt::format(" {}", input.toInt());
    if (input.isTensor() && input.toTensor().defined())
      line += fmt::format(" [{}]", fmt::join(input.toTensor().sizes().vec(), ", "));
  }
  seen.push_back(line);
  return nullptr;
}

}  // namespace

std::vector<std::string> operations_of(const std::function<void()>& work) {
  seen.clear();
  const int threads = at::get_num_threads();
  at::set_num_threads(1);  // some operations ask for others in their threads, in any order
  const auto handle = at::addGlobalCallback(
      at::RecordFunctionCallback(note).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  work();
  at::removeCallback(handle);
  at::set_num_threads(threads);
  return std::move(seen);
}

}  // namespace dinobench
