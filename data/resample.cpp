// Resampling by the fastest means of this machine.
#include "data/resample.hpp"

#include <algorithm>

#include "data/fast.hpp"
#include "data/transforms_plain.hpp"

namespace dinobench {
namespace {

/// What one axis reads. The taps of a moving one are made, and count from the first of these.
Span prepare(const Axis& axis, Filter filter, Taps& taps) {
  if (!axis.moves()) return {axis.first, axis.count};
  taps = make_taps(axis, filter);
  const int32_t low = taps.first.front();
  for (int32_t& first : taps.first) first -= low;
  return {low, taps.first.back() + taps.used.back()};  // both ends ascend with the outputs
}

/// Runs one pass into `out`, which has room for it; returns what it made.
Pixels run_pass(Pass pass, Pixels in, const Taps& taps, uint8_t* out) {
  const auto made = static_cast<int64_t>(taps.first.size());
  if (pass == Pass::across) {
    fast::resample_across(in, taps, out);
    return {out, made, in.height, 3 * made};
  }
  fast::resample_down(in, taps, out);
  return {out, in.width, made, 3 * in.width};
}

void run_passes(const Passes& passes, Pixels in, const Taps& across, const Taps& down,
                uint8_t* out) {
  const auto taps_of = [&](Pass pass) -> const Taps& {
    return pass == Pass::across ? across : down;
  };
  if (passes[0] == Pass::none || passes[1] == Pass::none) {
    const Pass only = passes[0] != Pass::none ? passes[0] : passes[1];
    run_pass(only, in, taps_of(only), out);
    return;
  }
  // Kept for the next call, since fresh pages cost as much as a pass.
  thread_local std::vector<uint8_t> between;
  const size_t pixels = passes[0] == Pass::across
                            ? across.first.size() * static_cast<size_t>(in.height)
                            : static_cast<size_t>(in.width) * down.first.size();
  if (between.size() < 3 * pixels) between.resize(3 * pixels);
  run_pass(passes[1], run_pass(passes[0], in, taps_of(passes[0]), between.data()),
           taps_of(passes[1]), out);
}

}  // namespace

Image resample(Pixels in, const Axis& x, const Axis& y, Filter filter) {
  const Passes passes = plan_passes(x, y);
  if (!fast::available() || (!x.moves() && !y.moves())) {
    return plain::resample(in, x, y, filter);
  }
  Taps across, down;
  const Span columns = prepare(x, filter, across), rows = prepare(y, filter, down);
  const Pixels read{in.row(rows.first) + 3 * columns.first, columns.count, rows.count, in.stride};
  Image made{x.count, y.count, std::vector<uint8_t>(static_cast<size_t>(3 * x.count * y.count))};
  if (fast::wide_available()) {
    fast::resample_wide(passes, read, across, down, made.pixels.data());
  } else {
    run_passes(passes, read, across, down, made.pixels.data());
  }
  return made;
}

}  // namespace dinobench
