// Batch normalisation whose statistics are those of all ranks' rows together.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <functional>
#include <memory>

namespace dinobench {

/// What a layer needs to know of the job. sum: adds a contiguous float64 tensor in host memory over
/// all ranks, in place; called alike on every rank, also inside backward().
struct RankSums {
  int rank = 0, size = 1;
  std::function<void(const at::Tensor& values)> sum;
};

/// Every BatchNorm below `module` takes its statistics over all ranks from now on, in training
/// mode. On one rank nothing changes.
void synchronise_batch_norm(torch::nn::Module& module, std::shared_ptr<const RankSums> ranks);

/// x [N, C] or [N, C, H, W] of this rank -> the same shape, normalised with mean and variance over
/// the rows of all ranks (Ioffe & Szegedy 2015), which also move the running averages [C].
/// Gradients reach the other ranks' rows through the statistics; those of weight and bias are this
/// rank's share. Statistics are combined in float64, bit-equal on all ranks. `momentum` and
/// `epsilon` as in PyTorch.
at::Tensor sync_batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           const at::Tensor& running_mean, const at::Tensor& running_var,
                           double momentum, double epsilon, const RankSums& ranks);

}  // namespace dinobench
