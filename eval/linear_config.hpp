// Settings of the linear evaluation.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "data/views.hpp"
#include "eval/features.hpp"
#include "eval/linear_features.hpp"

namespace dinobench {

/// Defaults are those of the reference's script (dino.md 8.3).
struct LinearConfig {
  ProbeInput input;
  bool input_given = false;  // whether an option of `input` was given
  int64_t epochs = 100;
  double lr = 0.001;       // for 256 images a step; scaled by the total batch
  int64_t num_labels = 0;  // 0: as many as the data has classes
  int64_t val_freq = 1;
  std::vector<double> sweep;  // learning rates; empty: `lr` alone
  double sweep_holdout = 0.1;
  std::string train_split = "train", val_split = "val";
  std::string train_crop = "random";
  std::array<double, 2> crop_scale{0.08, 1.0};
  double hflip = 0.5;
  std::string output_dir, linear_weights;
  FeatureConfig features;

  std::vector<double> rates() const { return sweep.empty() ? std::vector<double>{lr} : sweep; }
  /// Of a training image: random resized crop, bilinear, and flip; or the validation's centre crop.
  View train_view() const;
};
void read_options(Options& options, LinearConfig& config);

}  // namespace dinobench
