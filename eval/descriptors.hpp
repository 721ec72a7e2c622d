// One vector an image, made of more than one forward pass or of more than the cls token.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "eval/features.hpp"

namespace dinobench {

/// Sum of the features at scales 1, 1/sqrt(2) and 1/2 (bilinear, no antialias, the scale itself in
/// the sampler), over 3, then over the norm of the whole result, as in the reference. images [1, 3,
/// h, w] -> [1, D].
at::Tensor multi_scale(const at::Tensor& images, const RowsOf& features);

/// Generalised mean over positions: mean(max(x, 1e-6)^4)^(1/4). tokens [B, P, D] -> [B, D].
at::Tensor generalised_mean(const at::Tensor& tokens);

/// The cls token beside the generalised mean of the patch tokens: [B, 1 + P, D] -> [B, 2 D].
at::Tensor cls_and_generalised_mean(const at::Tensor& tokens);

}  // namespace dinobench
