// Bicubic resizing as a fixed matrix product: the same bits at every run, backward included.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace dinobench {

/// One axis of at::upsample_bicubic2d (no antialias, corners not aligned) as a matrix [out, in] on
/// the CPU: output d samples at (d + 0.5) / scale - 0.5 with torch's kernel (A = -0.75), border
/// indices clamped (dino.md 1.4). Computed in `dtype` (float32 or float64) as torch does.
at::Tensor bicubic_matrix(int64_t in, int64_t out, double scale, c10::ScalarType dtype);

/// Both axes on the device, for grids of one size and dtype: [height, rows] and [columns, width].
struct BicubicResizing {
  at::Tensor down, across;
};
BicubicResizing bicubic_resizing(const at::Tensor& grid, int64_t height, int64_t width,
                                 double row_scale, double column_scale);

/// grid [1, D, rows, columns] -> [1, D, height, width], as at::upsample_bicubic2d with the explicit
/// scales of `resizing`. CUDA's own backward adds in changing order.
at::Tensor resize_bicubic(const at::Tensor& grid, const BicubicResizing& resizing);

}  // namespace dinobench
