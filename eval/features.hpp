// Features of a data set by a frozen backbone, over all ranks.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.hpp"
#include "data/dataset.hpp"
#include "data/loader.hpp"
#include "eval/evaluation.hpp"

namespace dinobench {

struct FeatureConfig {
  int64_t batch_size = 128;  // images of one forward pass; the bits of a feature may depend on it
  int64_t resize_size = 256, crop_size = 224;
  std::string on_bad_image = "fail";
};
void read_options(Options& options, FeatureConfig& config);

/// Rows in data-set order (class, then path), on the host of every rank.
struct FeatureBank {
  at::Tensor features;           // float32 [N, D], as the backbone gave them
  std::vector<int64_t> labels;   // [N], -1 where there are none
  std::vector<std::string> ids;  // [N]
  int64_t bad_images = 0;        // files left out under on_bad_image = skip
};

/// Every readable image once. Batch b is rows [b * batch_size, (b + 1) * batch_size) and goes to
/// rank b mod world, so that no bit depends on the number of ranks. Every rank calls it.
FeatureBank extract_features(const Dataset& dataset, const FrozenModel& model,
                             const FeatureConfig& config, const std::string& title,
                             RunContext& context);

}  // namespace dinobench
