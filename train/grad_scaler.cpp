// The scale and its counter live on the device; torch's own kernels work on them.
#include "train/grad_scaler.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_amp_foreach_non_finite_check_and_unscale.h>
#include <ATen/ops/_amp_update_scale.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "core/error.hpp"

namespace dinobench {
namespace grad_scaler {
namespace {

double number(const Value& state, const char* key, double lowest, double highest) {
  const Value* found = state.find(key);
  require(found != nullptr, "fp16_scaler: no '{}' in this checkpoint", key);
  const auto* whole = std::get_if<int64_t>(&found->data);
  const double value = whole != nullptr ? static_cast<double>(*whole) : found->as_double();
  require(value >= lowest && value <= highest, "fp16_scaler: {} is {}, expected {} to {}", key,
          value, lowest, highest);
  return value;
}

}  // namespace
}  // namespace grad_scaler

GradScaler::GradScaler(Precision precision, c10::Device device)
    : GradScaler(precision, device, Config()) {}

GradScaler::GradScaler(Precision precision, c10::Device device, const Config& config)
    : config_(config) {
  if (precision != Precision::fp16) return;
  const auto floats = at::TensorOptions().device(device).dtype(at::kFloat);
  scale_ = at::full({}, config.initial_scale, floats);
  found_inf_ = at::zeros({}, floats);
  good_steps_ = at::zeros({}, floats.dtype(at::kInt));
}

double GradScaler::scale() const { return on() ? scale_.item<double>() : 1; }

at::Tensor GradScaler::scale(const at::Tensor& loss) const { return on() ? loss * scale_ : loss; }

bool GradScaler::unscale(const std::vector<at::Tensor>& parameters) {
  if (!on()) return true;
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  // The reciprocal in float64, as torch takes it.
  const at::Tensor inverse = scale_.to(at::kDouble).reciprocal().to(at::kFloat);
  at::_amp_foreach_non_finite_check_and_unscale_(gradients, found_inf_, inverse);
  return found_inf_.item<float>() == 0;
}

void GradScaler::update() {
  if (!on()) return;
  const c10::NoGradGuard no_grad;
  at::_amp_update_scale_(scale_, good_steps_, found_inf_, config_.growth, config_.backoff,
                         config_.growth_interval);
  found_inf_.zero_();
}

Value GradScaler::state() const {
  Value out = Value::dict();
  if (!on()) return out;
  out.set("scale", scale());
  out.set("growth_factor", config_.growth);
  out.set("backoff_factor", config_.backoff);
  out.set("growth_interval", config_.growth_interval);
  out.set("_growth_tracker", good_steps_.item<int64_t>());
  return out;
}

void GradScaler::load_state(const Value& state) {
  if (!on() || state.as_dict().empty()) return;
  using grad_scaler::number;
  const double scale = number(state, "scale", 1e-30, 1e30);
  const double growth = number(state, "growth_factor", 1, 1e6);
  const double backoff = number(state, "backoff_factor", 1e-6, 1);
  const double interval = number(state, "growth_interval", 1, 1e9);
  const double good_steps = number(state, "_growth_tracker", 0, interval);
  config_ = {config_.initial_scale, growth, backoff, static_cast<int64_t>(interval)};
  scale_.fill_(scale);
  good_steps_.fill_(static_cast<int64_t>(good_steps));
}

}  // namespace dinobench
