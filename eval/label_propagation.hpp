// Labels of a video carried from frame to frame by feature similarity (Jabri et al. 2020, protocol
// of DINO; dino.md 11.1).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "data/mask.hpp"

namespace dinobench {

struct PropagationConfig {
  int64_t last_frames = 7;   // contexts besides the first frame
  int64_t radius = 12;       // patches that a label may move in one step, along each axis; 0: any
  int64_t topk = 5;          // sources of a label; equal ones beyond them are kept
  double temperature = 0.1;  // of exp(cosine / temperature)
};

struct PatchGrid {
  int64_t rows = 0, columns = 0;
  int64_t cells() const { return rows * columns; }
};

/// A frame whose labels are known. Row r * columns + c is the patch (r, c).
struct LabelledFrame {
  at::Tensor features;  // unit rows [cells, D], float32 or float64, on the host
  at::Tensor labels;    // float64 [cells, C]: shares of the objects, background first
};

/// Labels [cells, C] of a frame with unit features `target`: for each patch the weighted mean of
/// those of its sources, the topk most similar patches of all contexts within the radius. Only the
/// patches in reach are compared: tiles of 8 x 8 patches by a matrix product that finds every
/// candidate (its rounding is bounded); cosine() then decides, so that no bit of the result depends
/// on tiles, threads or library.
at::Tensor propagate(const at::Tensor& target, const std::vector<LabelledFrame>& contexts,
                     PatchGrid grid, const PropagationConfig& config);

/// The same bits by comparing every patch with every other, one by one.
at::Tensor propagate_plain(const at::Tensor& target, const std::vector<LabelledFrame>& contexts,
                           PatchGrid grid, const PropagationConfig& config);

/// Labels [cells, C] of a mask of one pixel a patch, C its largest index + 1.
at::Tensor one_hot(const Mask& mask);

/// The mask of soft labels: bilinear by the patch size, each object's map stretched to [0, 1] (if
/// it is anywhere positive), the strongest wins, nearest to width x height.
Mask harden(const at::Tensor& labels, PatchGrid grid, int64_t patch, int64_t width, int64_t height);

}  // namespace dinobench
