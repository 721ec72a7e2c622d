// From coefficients to pixels with the very integers of libjpeg's default ("islow") transform, its
// fancy upsampling and its colours. AVX2; call only where fast::available(). Internal to
// decode_jpeg_fast.cpp.
#pragma once

#include <cstdint>

namespace dinobench::decoders {

/// The largest sum of absolute values of a block, dequantised, that 16-bit arithmetic surely bears:
/// a pass makes them at most 1.39 * 4 times as large.
inline constexpr int32_t kMostSum = 5800;

/// 64 coefficients and their quantisers (1 to 255), row by row, to 8 x 8 samples, rows `stride`
/// apart; the coefficients are zeros then. False, and nothing done, if they are more than kMostSum.
bool inverse_dct(int16_t* coefficients, const int16_t* quantisers, uint8_t* out, int64_t stride);

/// `count` samples of a row twice as wide, out of the `count + 2` from in[-1] on: the row itself
/// (near == far) or weighed 3 to 1 with its nearer neighbour.
void widen_row(const uint8_t* in, int64_t count, uint8_t* out);
void widen_rows(const uint8_t* near, const uint8_t* far, int64_t count, uint8_t* out);

/// A row of RGB.
void colour_row(const uint8_t* y, const uint8_t* blue, const uint8_t* red, int64_t count,
                uint8_t* out);

}  // namespace dinobench::decoders
