// Plain loops: one pixel, one channel at a time.
#include "data/transforms_plain.hpp"

#include <algorithm>

#include "data/pixel_math.hpp"

namespace dinobench::plain {
namespace {

uint8_t round_and_clip(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> Taps::precision, 0, 255));
}

Image horizontal(Pixels in, const Taps& taps, int64_t width) {
  Image out{width, in.height, std::vector<uint8_t>(static_cast<size_t>(3 * width * in.height))};
  uint8_t* target = out.pixels.data();
  for (int64_t y = 0; y < in.height; ++y) {
    for (size_t x = 0; x < taps.first.size(); ++x) {
      const int32_t* weights = &taps.weights[x * static_cast<size_t>(taps.most)];
      for (int channel = 0; channel < 3; ++channel) {
        int32_t sum = 1 << (Taps::precision - 1);
        for (int t = 0; t < taps.used[x]; ++t) {
          sum += in.row(y)[3 * (taps.first[x] + t) + channel] * weights[t];
        }
        *target++ = round_and_clip(sum);
      }
    }
  }
  return out;
}

Image vertical(Pixels in, const Taps& taps, int64_t height) {
  Image out{in.width, height, std::vector<uint8_t>(static_cast<size_t>(3 * in.width * height))};
  uint8_t* target = out.pixels.data();
  for (size_t y = 0; y < taps.first.size(); ++y) {
    const int32_t* weights = &taps.weights[y * static_cast<size_t>(taps.most)];
    for (int64_t x = 0; x < 3 * in.width; ++x) {
      int32_t sum = 1 << (Taps::precision - 1);
      for (int t = 0; t < taps.used[y]; ++t) sum += in.row(taps.first[y] + t)[x] * weights[t];
      *target++ = round_and_clip(sum);
    }
  }
  return out;
}

Image copy(Pixels in) {
  Image out{in.width, in.height, {}};
  out.pixels.reserve(static_cast<size_t>(3 * in.width * in.height));
  for (int64_t y = 0; y < in.height; ++y) {
    out.pixels.insert(out.pixels.end(), in.row(y), in.row(y) + 3 * in.width);
  }
  return out;
}

/// One box pass over a line of `count` pixels, `step` bytes apart.
void box_line(const BoxBlur& box, const uint8_t* in, uint8_t* out, int64_t count, int64_t step) {
  const auto at = [&](int64_t i) -> uint32_t {
    return in[step * std::clamp<int64_t>(i, 0, count - 1)];
  };
  for (int64_t i = 0; i < count; ++i) {
    uint32_t near = 0;
    for (int64_t k = i - box.radius; k <= i + box.radius; ++k) near += at(k);
    const uint32_t far = at(i - box.radius - 1) + at(i + box.radius + 1);
    out[step * i] =
        static_cast<uint8_t>((near * box.weight + far * box.far_weight + (1U << 23)) >> 24);
  }
}

}  // namespace

Image resample(Pixels in, const Axis& x, const Axis& y, Filter filter) {
  const Axis whole_x{x.in, x.extent, x.out, 0, x.out}, whole_y{y.in, y.extent, y.out, 0, y.out};
  Image made = copy(in);
  for (const Pass pass : plan_passes(x, y)) {
    if (pass == Pass::across) {
      made = horizontal(window(made), make_taps(whole_x, filter), x.out);
    } else if (pass == Pass::down) {
      made = vertical(window(made), make_taps(whole_y, filter), y.out);
    }
  }
  if (x.count == x.out && y.count == y.out) return made;
  return copy(window(made, {x.first, y.first, x.count, y.count}));
}

void flip_horizontal(Image& image) {
  for (int64_t y = 0; y < image.height; ++y) {
    uint8_t* left = image.pixels.data() + 3 * image.width * y;
    uint8_t* right = left + 3 * (image.width - 1);
    for (; left < right; left += 3, right -= 3) std::swap_ranges(left, left + 3, right);
  }
}

void adjust_brightness(Image& image, double factor) {
  for (uint8_t& value : image.pixels) value = blend(0, value, static_cast<float>(factor));
}

void adjust_contrast(Image& image, double factor) {
  int64_t sum = 0;
  for (size_t i = 0; i < image.pixels.size(); i += 3) sum += luma(&image.pixels[i]);
  const int grey = mean_luma(sum, image);
  for (uint8_t& value : image.pixels) value = blend(grey, value, static_cast<float>(factor));
}

void adjust_saturation(Image& image, double factor) {
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    const int grey = luma(&image.pixels[i]);
    for (size_t c = i; c < i + 3; ++c) {
      image.pixels[c] = blend(grey, image.pixels[c], static_cast<float>(factor));
    }
  }
}

void adjust_hue(Image& image, double shift) {
  const uint8_t steps = hue_steps(shift);
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    uint8_t hsv[3];
    to_hsv(&image.pixels[i], hsv);
    hsv[0] = static_cast<uint8_t>(hsv[0] + steps);
    to_rgb(hsv, &image.pixels[i]);
  }
}

void to_grayscale(Image& image) {
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    const auto grey = static_cast<uint8_t>(luma(&image.pixels[i]));
    std::fill_n(&image.pixels[i], 3, grey);
  }
}

void gaussian_blur(Image& image, double sigma) {
  if (sigma == 0) return;
  const BoxBlur box = box_blur(sigma);
  std::vector<uint8_t> other(image.pixels.size());
  for (int pass = 0; pass < 6; ++pass) {  // three along x, then three along y
    const bool across = pass < 3;
    const int64_t lines = across ? image.height : image.width;
    const int64_t count = across ? image.width : image.height;
    for (int64_t line = 0; line < 3 * lines; ++line) {
      const int64_t start = across ? line / 3 * 3 * image.width + line % 3 : line;
      box_line(box, &image.pixels[static_cast<size_t>(start)], &other[static_cast<size_t>(start)],
               count, across ? 3 : 3 * image.width);
    }
    image.pixels.swap(other);
  }
}

void solarize(Image& image, int threshold) {
  for (uint8_t& value : image.pixels) {
    if (value >= threshold) value = static_cast<uint8_t>(255 - value);
  }
}

void normalize(const Image& image, float* out) {
  const NormalizeTable& table = normalize_table();
  const size_t area = static_cast<size_t>(image.width * image.height);
  for (size_t i = 0; i < area; ++i) {
    for (size_t c = 0; c < 3; ++c) out[c * area + i] = table.values[c][image.pixels[3 * i + c]];
  }
}

}  // namespace dinobench::plain
