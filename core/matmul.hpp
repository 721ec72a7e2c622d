// float32 matrix products of a training step, where our own code is faster than the library's.
#pragma once

#include <cstdint>

namespace dinobench {

/// A matrix in memory that somebody else owns: element (i, j) lies at data[i * row + j * column].
/// One of the two strides is 1; so a transposed matrix is the same memory with strides exchanged.
struct MatrixView {
  const float* data;
  int64_t row, column;
  const float* at(int64_t i, int64_t j) const { return data + i * row + j * column; }
  MatrixView from(int64_t i, int64_t j) const { return {at(i, j), row, column}; }
};

/// c = a b (+ bias in every row), a [m, k], b [k, n], c [m, n] with `c_stride` elements from row to
/// row and none between columns. Every element is one chain of fused multiply-adds over k, cut
/// into equal parts of at most 512 terms: no block size, position or thread count changes a bit.
struct Product {
  MatrixView a, b;
  float* c;
  int64_t c_stride, m, n, k;
  const float* bias = nullptr;  // [n]
};

/// Whether multiply() can be called here: form() is avx512 or wider.
bool can_multiply();

/// One thread's work; parts of a product (rows or columns of c) may run side by side.
void multiply(const Product& product);

}  // namespace dinobench
