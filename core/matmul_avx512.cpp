// Blocks after Goto and van de Geijn 2008: a panel of b in the third cache, a block of a in the
// second, a strip of 32 columns and a tile of sums in the first and in registers.
#include <vector>

#include "core/form.hpp"
#include "core/matmul.hpp"
#include "core/matmul_pack_avx512.hpp"
#include "core/matmul_tile_avx512.hpp"

namespace dinobench {
namespace matmul {
namespace {

constexpr int64_t kLongestPart = 512;                              // of k
constexpr int64_t kBlockFloats = 1 << 17, kPanelFloats = 1 << 20;  // of a, of b

/// Grows a buffer that the thread keeps: fresh pages cost as much as packing.
float* room(std::vector<float>& buffer, int64_t floats) {
  if (static_cast<int64_t>(buffer.size()) < floats) buffer.resize(static_cast<size_t>(floats));
  return buffer.data();
}

int64_t multiple(int64_t of, int64_t at_most) { return std::max(of, at_most / of * of); }

/// Rows [0, m) of `a` times the packed columns [0, n), one part of k.
struct Block {
  MatrixView a;
  const float* packed_a;  // nullptr: rows of a are read in place
  const float* packed_b;
  float* c;
  int64_t c_stride, m, n, k;
  const float* bias;
  bool add;
};

void run(const Block& block) {
  for (int64_t j = 0; j < block.n; j += kTileColumns) {
    const float* b = block.packed_b + j * block.k;
    for (int64_t i = 0; i < block.m; i += kTileRows) {
      const TileTarget to{block.c + i * block.c_stride + j,
                          block.c_stride,
                          first_lanes(block.n - j),
                          first_lanes(block.n - j - 16),
                          block.bias == nullptr ? nullptr : block.bias + j,
                          block.add};
      const int64_t rows = std::min(kTileRows, block.m - i);
      if (block.packed_a != nullptr) {
        tile_of<kTileRows>(rows, block.packed_a + i * block.k, 1, b, block.k, to);
      } else {
        tile_of<1>(rows, block.a.at(i, 0), block.a.row, b, block.k, to);
      }
    }
  }
}

/// One part of k, [from, from + k), of all rows and columns.
void run_part(const Product& p, int64_t from, int64_t k) {
  thread_local std::vector<float> kept_a, kept_b;
  const int64_t rows = multiple(kTileRows, kBlockFloats / k);
  // Few rows: columns of b are used once, soon after they were packed.
  const int64_t columns = p.m <= rows ? 4 * kTileColumns : multiple(kTileColumns, kPanelFloats / k);
  const bool in_place = p.a.column == 1;
  float* packed_b = room(kept_b, k * columns);
  float* packed_a = in_place ? nullptr : room(kept_a, k * (rows + kTileRows));
  for (int64_t j = 0; j < p.n; j += columns) {
    const int64_t n = std::min(columns, p.n - j);
    for (int64_t s = 0; s < n; s += kTileColumns)
      pack<kTileColumns>(p.b.from(from, j + s), n - s, k, packed_b + s * k);
    for (int64_t i = 0; i < p.m; i += rows) {
      const int64_t m = std::min(rows, p.m - i);
      const MatrixView a = p.a.from(i, from), across{a.data, a.column, a.row};
      for (int64_t s = 0; !in_place && s < m; s += kTileRows)
        pack<kTileRows>(across.from(0, s), m - s, k, packed_a + s * k);
      run({a, packed_a, packed_b, p.c + i * p.c_stride + j, p.c_stride, m, n, k,
           p.bias == nullptr || from > 0 ? nullptr : p.bias + j, from > 0});
    }
  }
}

}  // namespace
}  // namespace matmul

bool can_multiply() { return form() >= Form::avx512; }

void multiply(const Product& product) {
  const int64_t parts =
      std::max<int64_t>(1, (product.k + matmul::kLongestPart - 1) / matmul::kLongestPart);
  const int64_t length = (product.k + parts - 1) / parts;
  for (int64_t from = 0; from < product.k; from += length)
    matmul::run_part(product, from, std::min(length, product.k - from));
}

}  // namespace dinobench
