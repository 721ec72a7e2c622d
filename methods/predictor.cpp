// Two layers.
#include "methods/predictor.hpp"

#include <ATen/ATen.h>

namespace dinobench {

Predictor::Predictor(int64_t width, int64_t hidden, bool batch_norm) {
  first_ = register_module("0", std::make_shared<Linear>(width, hidden));
  if (batch_norm) norm_ = register_module("1", std::make_shared<BatchNorm>(hidden));
  second_ = register_module(batch_norm ? "3" : "2", std::make_shared<Linear>(hidden, width));
  for (const auto& linear : {first_, second_}) initialise_truncated_normal(*linear);
}

at::Tensor Predictor::forward(const at::Tensor& x) {
  at::Tensor hidden = first_->forward(x);
  if (norm_) hidden = norm_->forward(hidden);
  return second_->forward(at::relu(hidden));
}

}  // namespace dinobench
