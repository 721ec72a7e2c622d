// Options of DINO itself; names and defaults are the reference's (dino.md 6.1).
#pragma once

#include <cstdint>
#include <string>

#include "core/options.hpp"
#include "data/views.hpp"

namespace dinobench {

struct DinoOptions {
  MultiCropConfig crops;
  int64_t out_dim = 65536;
  bool norm_last_layer = true, use_bn_in_head = false;
  int64_t head_hidden_dim = 2048, head_bottleneck_dim = 256, head_nlayers = 3;
  double momentum_teacher = 0.996;
  double warmup_teacher_temperature = 0.04, teacher_temperature = 0.04;
  int64_t warmup_teacher_temperature_epochs = 0;
  double student_temperature = 0.1, center_momentum = 0.9;
  int64_t freeze_last_layer = 1;  // epochs
};
void read_options(Options& options, DinoOptions& config);

/// Input Errors for values outside their range, among them a temperature warm-up longer than
/// training.
void check_options(const DinoOptions& config, int64_t epochs);

/// For other methods: DINO's options are accepted and recorded as unused. A later or earlier get()
/// of one of them wins.
void ignore_dino_options(Options& options, const std::string& method);

}  // namespace dinobench
