// The k nearest rows by GPU kernels. Twin: nearest() in neighbours.hpp.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "eval/neighbours.hpp"

namespace dinobench {

/// The largest k.
constexpr int64_t kMostDeviceNeighbours = 2048;

/// As nearest(), with the same bits: queries [Q, D] and bank [N, D] are float32 unit rows on a
/// device with kernels, contiguous, N below 2^31, k at most kMostDeviceNeighbours. A first pass
/// multiplies rows rounded to bfloat16 and keeps all that the rounding could have misplaced; the
/// exact similarities decide among those. A query with thousands of rows within that error of its
/// k-th goes through float32 products (never TF32), and with thousands within theirs through
/// nearest() on the host. `columns`: rows of the bank a product takes at once. It allocates a
/// bfloat16 copy of the bank, 4096 columns bytes for products and 32 MiB for lists;
/// c10::OutOfMemoryError where they are not free.
Neighbours nearest_on_device(const at::Tensor& queries, const at::Tensor& bank, int64_t k,
                             int64_t columns = 65536);

}  // namespace dinobench
