// The k nearest rows of a bank by cosine, in an order that no block size, thread or library
// changes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace dinobench {

/// Row q holds the k nearest of query q, best first.
struct Neighbours {
  int64_t queries = 0, k = 0;
  std::vector<int64_t> index;     // [queries, k] rows of the bank
  std::vector<float> similarity;  // [queries, k] cosines
};

/// Rows divided by max(norm, 1e-12), the norm in float64. features: float32 [N, D]. An input Error
/// names the first row that is not finite.
at::Tensor unit_rows(const at::Tensor& features);

/// The similarity that counts: the products of two float32 rows (exact in float64) summed in
/// float64 in eight interleaved parts, rounded once to float32. A float32 matrix product depends in
/// its last bits on block shapes, threads and library; this does not, and another implementation
/// that sums in float64 comes to the same float32 but for one pair in some hundred million.
float cosine(const float* a, const float* b, int64_t dimension);

/// How far a float32 product of unit rows may be from cosine(): about dimension * 2^-24, however it
/// is summed, and 2^-24 more by rounding the exact value; a tenth to spare.
double rounding_bound(int64_t dimension);

/// The k nearest, by descending cosine(), ties by lower index. queries [Q, D] and bank [N, D]:
/// float32 unit rows on the host, 1 <= k <= N. A product of bounded error finds every row that can
/// be among them, cosine() puts those in order.
Neighbours nearest(const at::Tensor& queries, const at::Tensor& bank, int64_t k);

struct Votes {
  std::vector<int64_t> predictions;  // [Q] the class with most votes
  int64_t top1 = 0, top5 = 0;        // queries whose label is first, among the first min(5, k)
};

/// Weighted k-NN vote (Wu et al. 2018): class score = sum of exp(similarity / temperature) over the
/// first k neighbours of that class, in float64 in their order; classes by descending score, equal
/// scores (two classes without any vote, above all) by lower index. Labels in [0, classes).
Votes vote(const Neighbours& neighbours, std::span<const int64_t> bank_labels,
           std::span<const int64_t> query_labels, int64_t classes, int64_t k, double temperature);

}  // namespace dinobench
