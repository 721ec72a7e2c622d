// Options of training with labels, whatever the weights begin with.
#pragma once

#include <string>

#include "core/options.hpp"
#include "data/views.hpp"

namespace dinobench {

struct SupervisedOptions {
  double label_smoothing = 0;
  RandomViewConfig view;
  std::string interpolation = "bicubic";
  double color_jitter = 0;
};

/// For `method`, which accepts DINO's options and does not use them. Input Errors for values
/// outside their range.
void read_options(Options& options, SupervisedOptions& config, const std::string& method);

}  // namespace dinobench
