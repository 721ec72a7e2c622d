// Shares a product out to threads, along its longer side.
#include "backbones/products.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include "core/form.hpp"
#include "core/matmul.hpp"

namespace dinobench {
namespace products {
namespace {

constexpr int64_t kFewRows = 32;  // below, packing costs more than it gains
constexpr int64_t kGrain = 32;    // rows or columns in the smallest share of a thread

bool pays(const at::Tensor& x) {
  return can_multiply() && x.is_cpu() && x.scalar_type() == at::kFloat && x.size(0) >= kFewRows;
}

void multiply_in_parts(const Product& whole) {
  const bool rows = whole.m > whole.n;
  const int64_t length = rows ? whole.m : whole.n, grains = (length + kGrain - 1) / kGrain;
  at::parallel_for(0, grains, 2, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * kGrain, count = std::min(end * kGrain, length) - first;
    Product part = whole;
    if (rows) {
      part.a = whole.a.from(first, 0);
      part.c += first * whole.c_stride;
      part.m = count;
    } else {
      part.b = whole.b.from(0, first);
      part.c += first;
      part.n = count;
      if (part.bias != nullptr) part.bias += first;
    }
    multiply(part);
  });
}

MatrixView by_rows(const at::Tensor& t) { return {t.const_data_ptr<float>(), t.size(1), 1}; }
MatrixView by_columns(const at::Tensor& t) { return {t.const_data_ptr<float>(), 1, t.size(1)}; }

at::Tensor multiplied(const MatrixView& a, const MatrixView& b, int64_t m, int64_t n, int64_t k,
                      const at::Tensor& like, const float* bias = nullptr) {
  // Seen by profilers, torch's own and train/flop_count, as at::mm would be.
  const c10::IValue sizes[] = {m, n, k};
  RECORD_FUNCTION("dinobench::product", c10::ArrayRef<const c10::IValue>(sizes, 3));
  const at::Tensor out = at::empty({m, n}, like.options());
  multiply_in_parts({a, b, out.mutable_data_ptr<float>(), n, m, n, k, bias});
  return out;
}

}  // namespace
}  // namespace products

at::Tensor times_transposed(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  using namespace products;
  if (!pays(x)) return at::linear(x, weight, bias);
  return multiplied(by_rows(x), by_columns(weight), x.size(0), weight.size(0), x.size(1), x,
                    bias.defined() ? bias.const_data_ptr<float>() : nullptr);
}

at::Tensor times(const at::Tensor& gradient, const at::Tensor& weight) {
  using namespace products;
  if (!pays(gradient)) return at::mm(gradient, weight);
  return multiplied(by_rows(gradient), by_rows(weight), gradient.size(0), weight.size(1),
                    weight.size(0), gradient);
}

at::Tensor transposed_times(const at::Tensor& gradient, const at::Tensor& x) {
  using namespace products;
  if (!pays(gradient)) return at::mm(gradient.t(), x);
  return multiplied(by_columns(gradient), by_rows(x), gradient.size(1), x.size(1), x.size(0), x);
}

}  // namespace dinobench
