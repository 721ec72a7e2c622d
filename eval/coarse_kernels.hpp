// What CoarseProducts has of machine code. Internal to eval/.
#pragma once

#include <cstdint>

#include "eval/coarse_products.hpp"

namespace dinobench::coarse_kernels {

constexpr int64_t kTile = 12;  // queries whose sums stay in registers, with 32 rows

/// A row less the centre, rounded to words of two (bf16) or four (int8) values.
struct Rounded {
  float dot = 0;        // of the row itself with the centre, summed in float32 in sixteen parts
  float norm2 = 0;      // of the row less the centre, likewise
  float residual2 = 0;  // of what rounding took from it, likewise
  float scale = 1;      // int8: value = scale * integer
  int32_t sum = 0;      // int8: of the integers
};

/// words: [dimension rounded up to 32] values, zeros beyond the dimension.
Rounded round_bf16(const float* row, const float* centre, int64_t dimension, uint32_t* words);
Rounded round_int8(const float* row, const float* centre, int64_t dimension, uint32_t* words);

/// panel[word][row] of lines[row][word], 32 rows; every byte is changed by `flip`.
void transpose(const uint32_t* lines, int64_t depth, uint32_t flip, uint32_t* panel);

struct Panel {
  const uint32_t* words;  // [depth][32], 64-byte aligned
  int64_t depth;
  const float* constants;  // [32]: value = scale of row and query times the sum, plus this
  const float* scales;     // [32]
  uint32_t valid;          // rows that there are
};

struct Tiles {
  const uint32_t* words;  // [count][depth][kTile]
  int64_t count;
  const float* thresholds;  // [count * kTile]
  const float* scales;
  const int32_t* corrections;  // int8: added to each sum
};

/// Writes the pairs whose value is at least the query's threshold; returns how many.
int64_t scan_bf16(const Panel& panel, const Tiles& tiles, CoarseProducts::Hit* hits);
int64_t scan_int8(const Panel& panel, const Tiles& tiles, CoarseProducts::Hit* hits);

}  // namespace dinobench::coarse_kernels
