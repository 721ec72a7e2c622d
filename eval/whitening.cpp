// The second moment, its eigenvectors, and the rows block by block.
#include "eval/whitening.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.hpp"

namespace dinobench {
namespace whitening {
namespace {

constexpr int64_t kBlock = 4096;
constexpr double kFloor = 1e-5;  // of the largest eigenvalue

// Calls work(rows) with consecutive rows that share memory with `all`.
template <class Work>
void in_blocks(const at::Tensor& all, const Work& work) {
  for (int64_t row = 0; row < all.size(0); row += kBlock)
    work(all.narrow(0, row, std::min(kBlock, all.size(0) - row)));
}

}  // namespace
}  // namespace whitening

Whitening::Whitening(const at::Tensor& descriptors) {
  const int64_t n = descriptors.size(0), dimension = descriptors.size(1);
  require(n > 0, "whitening needs at least one descriptor");
  at::Tensor moment = at::zeros({dimension, dimension}, at::kDouble);
  mean_ = at::zeros({dimension}, at::kDouble);
  whitening::in_blocks(descriptors, [&](const at::Tensor& rows) {
    const at::Tensor x = rows.to(at::kDouble);
    mean_ += x.sum(0);
    moment += at::mm(x.t(), x);
  });
  mean_ /= n;
  auto [values, vectors] = at::linalg_eigh(moment / n);  // ascending
  const double largest = values[dimension - 1].item<double>();
  require(largest > 0, "whitening: all {} descriptors are zero", n);
  values = values.clamp_min(largest * whitening::kFloor);
  transform_ = (vectors / values.sqrt()).flip(1).contiguous();
}

void Whitening::apply(at::Tensor& rows) const {
  whitening::in_blocks(rows, [&](at::Tensor block) {
    block.copy_(at::mm(block.to(at::kDouble) - mean_, transform_));
  });
}

}  // namespace dinobench
