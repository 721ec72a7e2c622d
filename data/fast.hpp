// The AVX2 twins of transforms_plain.hpp. Call them only where fast::available() is true. Internal
// to data/.
#pragma once

#include "core/form.hpp"
#include "data/pixel_math.hpp"
#include "data/resample.hpp"

namespace dinobench::fast {

/// Whether AVX2 is among what may be used.
inline bool available() { return form() >= Form::avx2; }
/// Whether AVX-512 with VBMI and VNNI is; what has such a form is named *_wide.
inline bool wide_available() { return form() >= Form::avx512; }

/// One pass of a resampling; `out` has room for the rows of the result, 3 * width bytes each.
void resample_across(Pixels in, const Taps& taps, uint8_t* out);
void resample_down(Pixels in, const Taps& taps, uint8_t* out);

/// All passes of a resampling; `across` and `down` are empty where no pass needs them.
void resample_wide(const Passes& passes, Pixels in, const Taps& across, const Taps& down,
                   uint8_t* out);

/// Blends every value with one grey.
void blend_grey(Image& image, int grey, float factor);
int64_t luma_sum(const Image& image);
void adjust_saturation(Image& image, float factor);
void adjust_hue(Image& image, uint8_t steps);
void to_grayscale(Image& image);
void flip_horizontal(Image& image);
void solarize(Image& image, int threshold);
void normalize(const Image& image, float* out);

/// The largest whole radius that box_blur_six takes; beyond it use the plain one.
inline constexpr int max_blur_radius = 63;
/// Three box passes along x, then three along y.
void box_blur_six(Image& image, const BoxBlur& box);

}  // namespace dinobench::fast
