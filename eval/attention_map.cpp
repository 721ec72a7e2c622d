// Inputs, attention and mass masks, in the reference's order of operations.
#include "eval/attention_map.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "backbones/autocast.hpp"
#include "core/error.hpp"
#include "data/transforms.hpp"

namespace dinobench {

ImageSides resized_sides(ImageSides from, std::span<const int64_t> size) {
  require(size.size() == 1 || size.size() == 2, "{} sides of an image: expected H W, or the short",
          size.size());
  require(*std::min_element(size.begin(), size.end()) > 0, "image size {}: expected 1 or more",
          fmt::join(size, " "));
  if (size.size() == 2) return {size[0], size[1]};
  const int64_t shorter = std::min(from.height, from.width);
  const auto scaled = [&](int64_t side) {
    return side == shorter ? size[0] : size[0] * side / shorter;
  };
  return {scaled(from.height), scaled(from.width)};
}

at::Tensor network_input(const Image& image) {
  at::Tensor out = at::empty({1, 3, image.height, image.width}, at::kFloat);
  normalize(image, out.mutable_data_ptr<float>());
  return out;
}

at::Tensor resized_input(const Image& image, ImageSides sides) {
  const at::Tensor bytes = at::from_blob(const_cast<uint8_t*>(image.pixels.data()),
                                         {1, image.height, image.width, 3}, at::kByte);
  const at::Tensor values = bytes.permute({0, 3, 1, 2}).contiguous().to(at::kFloat).div(255);
  const at::Tensor resized =
      at::_upsample_bilinear2d_aa(values, {sides.height, sides.width}, /*align_corners=*/false);
  const at::Tensor mean = at::tensor({0.485f, 0.456f, 0.406f}).view({1, 3, 1, 1});
  const at::Tensor deviation = at::tensor({0.229f, 0.224f, 0.225f}).view({1, 3, 1, 1});
  return resized.sub(mean).div(deviation);
}

at::Tensor whole_patches(const at::Tensor& images, int64_t patch_size) {
  const int64_t height = images.size(2), width = images.size(3);
  require(height >= patch_size && width >= patch_size,
          "an image of {} x {} pixels holds no patch of {}", width, height, patch_size);
  return images.slice(2, 0, height - height % patch_size)
      .slice(3, 0, width - width % patch_size)
      .contiguous();
}

at::Tensor cls_attention(const FrozenModel& model, const at::Tensor& image,
                         const RunContext& context) {
  const at::NoGradGuard no_grad;
  const int64_t patch = model.backbone->patch_size();
  const AutocastScope mixed(context.device, context.precision);
  const at::Tensor all = model.backbone->last_attention(image.to(context.device, context.dtype));
  const at::Tensor row = all[0].select(1, 0).slice(1, 1).to(at::kCPU, at::kFloat).contiguous();
  if (!row.isfinite().all().item<bool>()) fail_run("{}: its attention is not finite", model.arch);
  return row.view({row.size(0), image.size(2) / patch, image.size(3) / patch});
}

at::Tensor mean_head(const at::Tensor& attention) {
  at::Tensor sum = at::zeros_like(attention[0]);
  for (int64_t head = 0; head < attention.size(0); ++head)
    sum.add_(attention[head].div(attention.size(0)));
  return sum;
}

at::Tensor mass_mask(const at::Tensor& attention, double share) {
  require(share > 0 && share <= 1, "threshold {}: a share of the mass in (0, 1] was expected",
          share);
  const at::Tensor maps = attention.flatten(-2);
  const auto [values, order] = at::sort(maps, /*stable=*/true, /*dim=*/-1, /*descending=*/false);
  const at::Tensor mass = values.div(values.sum(-1, /*keepdim=*/true)).cumsum(-1);
  const at::Tensor kept = mass.gt(1 - share);
  return at::empty_like(kept).scatter_(-1, order, kept).view(attention.sizes());
}

}  // namespace dinobench
