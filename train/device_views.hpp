// Random views made on a GPU, byte for byte those of the CPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "data/packed_views.hpp"

namespace dinobench {

/// The views one after another, normalised: [sum of 3 size^2] of `dtype` (float32 or bfloat16) on a
/// device with kernels. Requests in view-major order with one size make [B, 3, size, size] by
/// narrow() and view(). One upload (decoded images, weights, plans) on the current stream, one
/// launch; nothing waits on the host. Twin: random_view() and normalize().
at::Tensor make_device_views(std::span<const ViewRequest> requests, c10::Device device,
                             c10::ScalarType dtype);

}  // namespace dinobench
