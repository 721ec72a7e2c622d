// Features of a data set by a frozen backbone, over all ranks.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/options.hpp"
#include "data/dataset.hpp"
#include "data/loader.hpp"
#include "data/views.hpp"
#include "eval/evaluation.hpp"

namespace dinobench {

struct FeatureConfig {
  int64_t batch_size = 128;  // images of one forward pass; the bits of a feature may depend on it
  int64_t resize_size = 256, crop_size = 224;
  std::string on_bad_image = "fail";
};
void read_options(Options& options, FeatureConfig& config);

/// --on_bad_image fail|skip, worded alike for every evaluation.
void read_on_bad_image(Options& options, std::string& choice);

/// Rows in data-set order (class, then path), on the host of every rank.
struct FeatureBank {
  at::Tensor features;           // float32 [N, D], as the backbone gave them
  std::vector<int64_t> labels;   // [N], -1 where there are none
  std::vector<std::string> ids;  // [N]
  std::vector<int64_t> rows;     // [N] index into the data set; empty if read from a file
  int64_t bad_images = 0;        // files left out under on_bad_image = skip
};

/// What is computed from a batch: images [B, 3, h, w], B >= 1, on the context's device and in its
/// dtype -> rows [B, D], the same D every time, on any device and of any floating type.
using RowsOf = std::function<at::Tensor(const at::Tensor& images)>;

/// rows_of every readable image, as float32, without gradients. Batch b is rows [b * batch_size,
/// (b + 1) * batch_size) and goes to rank b mod world, so that no bit depends on the number of
/// ranks; a view without a fixed size needs a batch_size of 1. Every rank calls it. on_bad_image:
/// "fail", or "skip" (left out and counted).
FeatureBank extract_rows(const Dataset& dataset, const View& view, int64_t batch_size,
                         const RowsOf& rows_of, const std::string& title,
                         const std::string& on_bad_image, RunContext& context);

/// extract_rows of the backbone's global feature under the evaluation transform.
FeatureBank extract_features(const Dataset& dataset, const FrozenModel& model,
                             const FeatureConfig& config, const std::string& title,
                             RunContext& context);

}  // namespace dinobench
