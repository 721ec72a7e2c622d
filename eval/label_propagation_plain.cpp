// The plain twin of label propagation, and what comes before and after it.
#include <ATen/ops/empty.h>
#include <ATen/ops/max.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/zeros.h>

#include "eval/label_propagation.hpp"
#include "eval/label_sources.hpp"

namespace dinobench {
namespace label_propagation_plain {
namespace {

template <class T>
void run(const at::Tensor& target, const std::vector<LabelledFrame>& contexts, PatchGrid grid,
         const PropagationConfig& config, at::Tensor& labels) {
  const int64_t dimension = target.size(1), channels = labels.size(1);
  const auto near = [&](int64_t a, int64_t b) {
    return config.radius == 0 || (std::abs(a / grid.columns - b / grid.columns) <= config.radius &&
                                  std::abs(a % grid.columns - b % grid.columns) <= config.radius);
  };
  for (int64_t query = 0; query < grid.cells(); ++query) {
    std::vector<label_sources::Source> sources;
    const T* own = target.const_data_ptr<T>() + query * dimension;
    for (size_t context = 0; context < contexts.size(); ++context)
      for (int64_t cell = 0; cell < grid.cells(); ++cell) {
        if (!near(query, cell)) continue;
        const T* other = contexts[context].features.const_data_ptr<T>() + cell * dimension;
        sources.push_back({context, cell, label_sources::similarity(own, other, dimension)});
      }
    label_sources::mix(sources, contexts, config, channels,
                       labels.mutable_data_ptr<double>() + query * channels);
  }
}

}  // namespace
}  // namespace label_propagation_plain

at::Tensor propagate_plain(const at::Tensor& target, const std::vector<LabelledFrame>& contexts,
                           PatchGrid grid, const PropagationConfig& config) {
  at::Tensor labels = at::empty({grid.cells(), contexts.at(0).labels.size(1)}, at::kDouble);
  if (target.scalar_type() == at::kDouble)
    label_propagation_plain::run<double>(target, contexts, grid, config, labels);
  else
    label_propagation_plain::run<float>(target, contexts, grid, config, labels);
  return labels;
}

at::Tensor one_hot(const Mask& mask) {
  const int64_t channels = 1 + *std::max_element(mask.values.begin(), mask.values.end());
  at::Tensor labels = at::zeros({static_cast<int64_t>(mask.values.size()), channels}, at::kDouble);
  double* out = labels.mutable_data_ptr<double>();
  for (size_t i = 0; i < mask.values.size(); ++i)
    out[static_cast<int64_t>(i) * channels + mask.values[i]] = 1;
  return labels;
}

Mask harden(const at::Tensor& labels, PatchGrid grid, int64_t patch, int64_t width,
            int64_t height) {
  const auto scale = static_cast<double>(patch);
  const at::Tensor maps = at::upsample_bilinear2d(
      labels.view({1, grid.rows, grid.columns, -1}).permute({0, 3, 1, 2}).contiguous(),
      {grid.rows * patch, grid.columns * patch}, /*align_corners=*/false, scale, scale)[0];
  for (int64_t object = 0; object < maps.size(0); ++object) {
    at::Tensor map = maps[object];
    if (map.max().item<double>() <= 0) continue;
    map -= map.min();
    map /= map.max();  // not a number where a map is the same everywhere: it then wins, as in torch
  }
  const at::Tensor winner = std::get<1>(at::max(maps, 0)).to(at::kByte).contiguous();
  const uint8_t* values = winner.const_data_ptr<uint8_t>();
  const Mask mask{winner.size(1), winner.size(0), {values, values + winner.numel()}, true};
  return resize_nearest(mask, width, height);
}

}  // namespace dinobench
