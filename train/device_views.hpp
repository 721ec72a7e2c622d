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

/// The same of packed views whose buffer (uint8) is on the device already, in the order of the
/// current stream.
at::Tensor make_device_views(const PackedViews& packed, const at::Tensor& buffer,
                             c10::ScalarType dtype);

/// The packed buffer as a host tensor that shares its memory.
at::Tensor buffer_of(PackedViews& packed);

}  // namespace dinobench
