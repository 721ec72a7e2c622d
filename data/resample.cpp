// Resampling by the fastest means of this machine.
#include "data/resample.hpp"

#include "data/fast.hpp"
#include "data/transforms_plain.hpp"

namespace dinobench {
namespace {

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

}  // namespace

Image resample(Pixels in, float extent_x, float extent_y, int64_t width, int64_t height,
               Filter filter) {
  const Passes passes = plan_passes(in, extent_x, extent_y, width, height);
  const bool two = passes[0] != Pass::none && passes[1] != Pass::none;
  if (!fast::available() || (passes[0] == Pass::none && passes[1] == Pass::none)) {
    return plain::resample(in, extent_x, extent_y, width, height, filter);
  }
  const auto taps_of = [&](Pass pass) {
    return pass == Pass::across ? make_taps(in.width, extent_x, width, filter)
                                : make_taps(in.height, extent_y, height, filter);
  };
  Image made{width, height, std::vector<uint8_t>(static_cast<size_t>(3 * width * height))};
  // Between the passes: kept for the next call, since fresh pages cost as much as a pass.
  thread_local std::vector<uint8_t> between;
  Pixels now = in;
  if (two) {
    const Pass first = passes[0];
    const int64_t pixels = first == Pass::across ? width * in.height : in.width * height;
    if (between.size() < static_cast<size_t>(3 * pixels)) {
      between.resize(static_cast<size_t>(3 * pixels));
    }
    now = run_pass(first, in, taps_of(first), between.data());
  }
  const Pass last = passes[1] != Pass::none ? passes[1] : passes[0];
  run_pass(last, now, taps_of(last), made.pixels.data());
  return made;
}

}  // namespace dinobench
