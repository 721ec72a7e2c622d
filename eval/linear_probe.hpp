// Linear classifiers on the same features, one a learning rate, moved together.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace dinobench {

/// SGD with momentum 0.9 and no weight decay on the mean cross-entropy, as in the reference
/// (dino.md 8.1). P probes of L labels on features of D numbers. Weights are float32, or float64 in
/// comparison runs.
struct ProbeGrid {
  std::vector<double> rates;           // [P] learning rates of epoch 0, scaled by the batch
  at::Tensor weight, weight_momentum;  // [P, L, D]
  at::Tensor bias, bias_momentum;      // [P, L]

  int64_t size() const { return static_cast<int64_t>(rates.size()); }
  /// Whether no weight of this probe is infinite or not a number.
  bool finite(int64_t probe) const;
  /// features [B, D] -> [B, P, L]
  at::Tensor logits(const at::Tensor& features) const;
  /// One update of all probes at `factor` times their rates. labels int64 [B]. Returns the losses
  /// before it, summed over the rows: float64 [P], on the weights' device.
  at::Tensor step(const at::Tensor& features, const at::Tensor& labels, double factor);
};

struct ProbeShape {
  int64_t labels = 0, dimension = 0;
};

/// All probes start alike: weights normal with deviation 0.01, bias 0, drawn after
/// torch.manual_seed(seed) as the reference draws them, i.e. behind the default values of a Linear.
ProbeGrid make_probes(const ProbeShape& shape, std::vector<double> rates, uint64_t seed,
                      const at::TensorOptions& options);

/// Cosine annealing, stepped once an epoch: (1 + cos(pi * epoch / epochs)) / 2.
double annealing(int64_t epoch, int64_t epochs);

}  // namespace dinobench
