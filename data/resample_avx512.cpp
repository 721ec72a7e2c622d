// The order of the passes over quads, and the weights in digits.
#include <algorithm>

#include "data/fast.hpp"
#include "data/quads_avx512.hpp"

namespace dinobench::fast {
namespace {

/// Buffers kept for the next call, since fresh pages cost as much as a pass.
struct Kept {
  std::vector<uint8_t> quads, rows;
  Digits across, down;
};

Quads quads_in(std::vector<uint8_t>& buffer, int64_t bytes, int64_t height, int64_t beyond) {
  const int64_t stride = quads_stride(bytes), groups = (height + 15) / 16 * 4 + beyond;
  const auto size = static_cast<size_t>(4 * stride * groups);
  if (buffer.size() < size) buffer.resize(size);
  return {buffer.data(), stride};
}

}  // namespace

void make_digits(const Taps& taps, size_t outputs, Digits& digits) {
  int64_t groups = 1;
  for (size_t o = 0; o < taps.first.size(); ++o) {
    groups = std::max<int64_t>(groups, (taps.first[o] % 4 + taps.used[o] + 3) / 4);
  }
  digits.groups = groups;
  digits.first.assign(outputs, 0);
  digits.words.assign(outputs * static_cast<size_t>(3 * groups), 0);
  for (size_t o = 0; o < taps.first.size(); ++o) {
    digits.first[o] = taps.first[o] / 4;
    auto* bytes =
        reinterpret_cast<int8_t*>(digits.words.data() + o * static_cast<size_t>(3 * groups));
    bytes += taps.first[o] % 4;
    const int32_t* weights = &taps.weights[o * static_cast<size_t>(taps.most)];
    for (int32_t t = 0; t < taps.used[o]; ++t) {  // weights are below 2^23, so the digits fit
      const auto low = static_cast<int8_t>(weights[t]);
      const int32_t rest = (weights[t] - low) >> 8;
      const auto middle = static_cast<int8_t>(rest);
      bytes[t] = static_cast<int8_t>((rest - middle) >> 8);
      bytes[4 * groups + t] = middle;
      bytes[8 * groups + t] = low;
    }
  }
}

void resample_wide(const Passes& passes, Pixels in, const Taps& across, const Taps& down,
                   uint8_t* out) {
  thread_local Kept kept;
  const bool moves_x = !across.first.empty(), moves_y = !down.first.empty();
  const auto width = moves_x ? static_cast<int64_t>(across.first.size()) : in.width;
  const auto height = moves_y ? static_cast<int64_t>(down.first.size()) : in.height;
  if (moves_x) make_digits(across, (across.first.size() + 3) / 4 * 4, kept.across);
  if (moves_y) make_digits(down, down.first.size(), kept.down);
  const int64_t beyond = moves_y ? kept.down.groups : 0;
  if (passes[0] == Pass::down || !moves_x) {
    const Quads quads = quads_in(kept.quads, 3 * in.width, in.height, beyond);
    rows_to_quads(in, quads);
    uint8_t* made = out;
    if (moves_x) {
      kept.rows.resize(static_cast<size_t>(3 * in.width * height));
      made = kept.rows.data();
    }
    quads_down(quads, kept.down, 3 * in.width, height, made);
    if (!moves_x) return;
    in = {made, in.width, height, 3 * in.width};
  }
  const Quads quads = quads_in(kept.quads, 3 * width, in.height, beyond);
  across_to_quads(in, kept.across, width, quads);
  if (passes[0] == Pass::across && moves_y) {
    quads_down(quads, kept.down, 3 * width, height, out);
  } else {
    quads_to_rows(quads, width, in.height, out);
  }
}

}  // namespace dinobench::fast
