// Image descriptors of retrieval and copy detection (dino.md 9 and 10).
#include "eval/descriptors.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"

namespace dinobench {

at::Tensor multi_scale(const at::Tensor& images, const RowsOf& features) {
  require(images.size(0) == 1, "multi-scale features of {} images at once, expected 1",
          images.size(0));
  at::Tensor sum = features(images);
  for (const double scale : {1 / std::sqrt(2.0), 0.5})
    sum = sum + features(at::upsample_bilinear2d(images, /*output_size=*/c10::nullopt,
                                                 /*align_corners=*/false,
                                                 c10::ArrayRef<double>{scale, scale}));
  const at::Tensor mean = sum / 3;
  return mean / mean.norm();
}

at::Tensor generalised_mean(const at::Tensor& tokens) {
  return tokens.clamp_min(1e-6).pow(4).mean(/*dim=*/1).pow(0.25);
}

at::Tensor cls_and_generalised_mean(const at::Tensor& tokens) {
  return at::cat({tokens.select(1, 0), generalised_mean(tokens.narrow(1, 1, tokens.size(1) - 1))},
                 1);
}

}  // namespace dinobench
