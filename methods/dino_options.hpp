// Options of DINO itself; names and defaults are the reference's (dino.md 6.1). Those of the
// paper's ablations are ours: its code has no switch for them.
#pragma once

#include <cstdint>
#include <string>

#include "core/options.hpp"
#include "data/views.hpp"
#include "methods/teacher_update.hpp"

namespace dinobench {

/// What keeps the teacher's outputs from collapsing (Table 7 row 3, Table 15, Fig. 7).
enum class Centering {
  center,          // a moving mean of the outputs is taken off
  sinkhorn_knopp,  // as SwAV's: methods/sinkhorn.hpp
  softmax_batch,   // a single iteration of it (appendix, "softmax(batch)")
  none             // sharpening alone
};

/// What student and teacher are compared by (Table 7 row 5, Table 14 rows 2 and 9).
enum class DinoLoss { cross_entropy, mean_squared_error };

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
  TeacherUpdate teacher_update = TeacherUpdate::momentum;
  Centering centering = Centering::center;
  int64_t sinkhorn_iterations = 3;
  DinoLoss loss = DinoLoss::cross_entropy;
  bool predictor = false;  // Table 7 row 6, on the student alone
  int64_t predictor_hidden_dim = 4096;
};
void read_options(Options& options, DinoOptions& config);

/// Input Errors for values outside their range, among them a temperature warm-up longer than
/// training, and for a loss that the teacher's outputs do not fit.
void check_options(const DinoOptions& config, int64_t epochs);

/// For other methods: DINO's options are accepted and recorded as unused. A later or earlier get()
/// of one of them wins.
void ignore_dino_options(Options& options, const std::string& method);

}  // namespace dinobench
