// Maps and masks on the patch grid, enlarged and painted.
#include "eval/attention_pictures.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <array>

#include "data/colour_map.hpp"
#include "data/transforms.hpp"
#include "eval/attention_map.hpp"

namespace dinobench {
namespace attention_pictures {
namespace {

Image painted(const at::Tensor& map, int64_t patch_size, const ColourMap& colours) {
  const at::Tensor values = map.contiguous();
  const int64_t rows = values.size(0), columns = values.size(1);
  const std::span<const float> span(values.const_data_ptr<float>(),
                                    static_cast<size_t>(values.numel()));
  return resize(colour_picture(span, columns, rows, colours), columns * patch_size,
                rows * patch_size, Filter::nearest);
}

/// Whether a pixel of the enlarged mask is kept; outside nothing is.
struct PixelMask {
  const bool* kept;
  int64_t rows, columns, patch_size;
  bool operator()(int64_t x, int64_t y) const {
    if (x < 0 || y < 0 || x >= columns * patch_size || y >= rows * patch_size) return false;
    return kept[y / patch_size * columns + x / patch_size];
  }
  bool rim(int64_t x, int64_t y) const {
    const PixelMask& inside = *this;
    return !(inside(x - 1, y) && inside(x + 1, y) && inside(x, y - 1) && inside(x, y + 1));
  }
};

}  // namespace
}  // namespace attention_pictures

Image input_picture(const at::Tensor& input) {
  const at::Tensor low = input.min(), high = input.max();
  const at::Tensor share = input.sub(low).div(at::clamp_min(high - low, 1e-5));
  const at::Tensor bytes = share[0].mul(255).add(0.5).clamp(0, 255).permute({1, 2, 0});
  const at::Tensor pixels = bytes.to(at::kByte).contiguous();
  const uint8_t* first = pixels.const_data_ptr<uint8_t>();
  return {pixels.size(1), pixels.size(0), {first, first + pixels.numel()}};
}

Image head_picture(const at::Tensor& map, int64_t patch_size) {
  return attention_pictures::painted(map, patch_size, viridis());
}

Image mean_picture(const at::Tensor& map, int64_t patch_size, std::optional<double> threshold) {
  const at::Tensor shown =
      threshold ? map.masked_fill(mass_mask(map, *threshold).logical_not(), 0) : map;
  return attention_pictures::painted(shown, patch_size, inferno());
}

Image overlay(Image picture, const at::Tensor& mask, int64_t patch_size) {
  constexpr std::array<int, 3> red{255, 0, 0};
  const at::Tensor kept = mask.contiguous();
  const attention_pictures::PixelMask inside{kept.const_data_ptr<bool>(), kept.size(0),
                                             kept.size(1), patch_size};
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t x = 0; x < picture.width; ++x) {
      if (!inside(x, y)) continue;
      uint8_t* pixel = picture.pixels.data() + 3 * (y * picture.width + x);
      const bool rim = inside.rim(x, y);
      for (size_t c = 0; c < 3; ++c)
        pixel[c] = static_cast<uint8_t>(rim ? red[c] : (pixel[c] + red[c]) / 2);
    }
  }
  return picture;
}

int64_t save_pictures(const at::Tensor& input, const at::Tensor& attention,
                      std::span<const double> thresholds, const std::filesystem::path& folder) {
  const int64_t patch_size = input.size(3) / attention.size(2), heads = attention.size(0);
  const Image picture = input_picture(input);
  write_png(picture, folder / "img.png");
  for (int64_t head = 0; head < heads; ++head)
    write_png(head_picture(attention[head], patch_size),
              folder / fmt::format("attn-head{}.png", head));
  for (const double threshold : thresholds) {
    const at::Tensor masks = mass_mask(attention, threshold);
    for (int64_t head = 0; head < heads; ++head)
      write_png(overlay(picture, masks[head], patch_size),
                folder / fmt::format("mask_th{}_head{}.png", threshold, head));
  }
  return 1 + heads * (1 + static_cast<int64_t>(thresholds.size()));
}

}  // namespace dinobench
