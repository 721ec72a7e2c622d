// Resampling by the fastest means of this machine.
#include "data/resample.hpp"

#include "data/fast.hpp"
#include "data/transforms_plain.hpp"

namespace dinobench {

Image resample(Pixels in, float extent_x, float extent_y, int64_t width, int64_t height,
               Filter filter) {
  if (!fast::available()) return plain::resample(in, extent_x, extent_y, width, height, filter);
  Image made;
  Pixels now = in;
  for (const Pass pass : plan_passes(in, extent_x, extent_y, width, height)) {
    if (pass == Pass::none) continue;
    Image next{
        pass == Pass::across ? width : now.width, pass == Pass::down ? height : now.height, {}};
    next.pixels.resize(static_cast<size_t>(3 * next.width * next.height));
    if (pass == Pass::across) {
      fast::resample_across(now, make_taps(in.width, extent_x, width, filter), next.pixels.data());
    } else {
      fast::resample_down(now, make_taps(in.height, extent_y, height, filter), next.pixels.data());
    }
    made = std::move(next);
    now = window(made);
  }
  // No pass at all: the plain one copies.
  return made.pixels.empty() ? plain::resample(in, extent_x, extent_y, width, height, filter)
                             : made;
}

}  // namespace dinobench
