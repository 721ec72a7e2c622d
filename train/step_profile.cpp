// Rates are the best of some calls: other work on the machine only takes away.
#include "train/step_profile.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "backbones/products.hpp"

namespace dinobench {
namespace step_profile {
namespace {

/// Seconds of the fastest of at least three calls over a third of a second. Each ends in a number
/// on the host, so that a device has finished.
double fastest(const std::function<at::Tensor()>& call) {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  double best = 1e9;
  for (int i = 0; i < 3 || Clock::now() - begun < std::chrono::milliseconds(333); ++i) {
    const auto start = Clock::now();
    call().select(0, 0).select(0, 0).item<double>();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

}  // namespace
}  // namespace step_profile

MachineRates measure_rates(c10::Device device, Precision precision) {
  const c10::ScalarType types[] = {at::kFloat, at::kDouble, at::kBFloat16, at::kHalf};
  const auto dtype = types[static_cast<int>(precision)];
  const int64_t side = device.is_cpu() ? 1536 : 8192;
  const c10::NoGradGuard no_grad;
  const auto options = at::TensorOptions().device(device);
  const at::Tensor a = at::randn({side, side}, options).to(dtype), b = at::randn_like(a);
  double seconds = step_profile::fastest([&] { return at::mm(a, b.t()); });
  seconds = std::min(seconds, step_profile::fastest([&] { return times_transposed(a, b, {}); }));
  const at::Tensor from = at::ones({4096, 16384}, options.dtype(at::kFloat));
  const at::Tensor to = at::empty_like(from);
  const double copy = step_profile::fastest([&] { return to.copy_(from); });
  const double n = static_cast<double>(side);
  return {2 * n * n * n / seconds, 2 * static_cast<double>(from.nbytes()) / copy};
}

StepProfile::StepProfile(Stopwatch& watch, const RunContext& context)
    : watch_(watch),
      rates_(measure_rates(context.device, context.precision)),
      circumstances_(context.device.is_cpu()
                         ? fmt::format("{}, {} thread{}", name_of(context.precision),
                                       at::get_num_threads(), at::get_num_threads() == 1 ? "" : "s")
                         : name_of(context.precision)),
      workers_(context.num_workers > 0 ? context.num_workers : at::get_num_threads()) {
  watch_.count([this] { return count_.total(); });
}

StepProfile::~StepProfile() { watch_.count({}); }

std::string StepProfile::report(int64_t steps, const LoaderTimes& loader) const {
  const double n = static_cast<double>(std::max<int64_t>(1, steps));
  return fmt::format(
      "{}\nbeside them, in {} loader thread{}: decode {:.2f} ms, {} {:.2f} ms a step\n"
      "peak: {:.1f} GFLOP/s in large matrix products here and now ({}); copies: {:.1f} GB/s",
      watch_.report(steps, rates_.products), workers_, workers_ == 1 ? "" : "s",
      1000 * loader.decode / n, loader.packed ? "pack for views made on the device" : "augment",
      1000 * loader.augment / n, 1e-9 * rates_.products, circumstances_, 1e-9 * rates_.copies);
}

}  // namespace dinobench
