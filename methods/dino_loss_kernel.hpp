// DINO's centred cross-entropy on a GPU: launches of dino_loss_kernel.cu.
#pragma once

#include <cstdint>

#include "core/kernels.hpp"

namespace dinobench {

/// Device addresses, all of B samples, V student views and K classes; logits are bfloat16 if
/// `half`, else float32, view-major. A row's softmax is kept as two numbers, the maximum u and l =
/// log sum exp(z - u): the probability of z is exp(z - u - l).
struct DinoLossArguments {
  int64_t samples, views, classes;
  bool half;
  const void* teacher;                   // [2 B, K]
  const float* center;                   // [K]
  const double* teacher_temperature;     // one value
  float* teacher_rows;                   // [2 B, 2]: u and l of (z - center) / temperature
  float* entropies;                      // [2 B] nats
  float* entropy;                        // their mean
  int64_t row_slices;                    // of the column sums
  float *column_partials, *column_sums;  // scratch [row_slices, K]; [K]

  const void* student;  // [V B, K]
  double student_temperature;
  int64_t slices;         // a row is dealt to as many blocks
  float* partials;        // scratch [B, slices, V, 3]
  float* student_rows;    // [V B, 2]: u and l of z / temperature
  float* row_losses;      // [V B] scratch
  float* loss;            // mean over the 2 V - 2 pairs and the samples
  const float* upstream;  // one value: the gradient of `loss`
  void* gradient;         // [V B, K] as the logits; may be `student` itself
};

/// At most so many views: the threads' running sums are in shared memory.
constexpr int64_t kMostDinoViews = 32;

LaunchProblem launch_dino_teacher(const DinoLossArguments& arguments, void* stream);
LaunchProblem launch_dino_student(const DinoLossArguments& arguments, void* stream);
LaunchProblem launch_dino_backward(const DinoLossArguments& arguments, void* stream);

}  // namespace dinobench
