// Each pass by a kernel or by torch's operations.
#include "backbones/channel_norm.hpp"

#include <ATen/ATen.h>

#include <vector>

#include "backbones/channel_kernels.hpp"
#include "core/form.hpp"

namespace dinobench {
namespace channel_norm {
namespace {

/// All dimensions but the channels'.
std::vector<int64_t> reduced(const at::Tensor& x) {
  std::vector<int64_t> dims{0};
  for (int64_t i = 2; i < x.dim(); ++i) dims.push_back(i);
  return dims;
}

/// [C] against x's channels.
at::Tensor against(const at::Tensor& values, const at::Tensor& x) {
  std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
  shape[1] = -1;
  return values.to(x.options()).view(shape);
}

bool has_kernels(const at::Tensor& x) {
  return x.dim() == 4 && x.is_cpu() && x.scalar_type() == at::kFloat && x.is_contiguous() &&
         !reference_math();
}

channel_kernels::Shape shape_of(const at::Tensor& x) {
  return {x.size(0), x.size(1), x.size(2) * x.size(3)};
}

/// [C] in float32, as the kernels read it.
struct Floats {
  explicit Floats(const at::Tensor& values) : tensor(values.to(at::kFloat).contiguous()) {}
  operator const float*() const { return tensor.const_data_ptr<float>(); }
  at::Tensor tensor;
};

}  // namespace
}  // namespace channel_norm

at::Tensor host_doubles(const at::Tensor& values) { return values.to(at::kCPU, at::kDouble); }

ChannelMoments channel_moments(const at::Tensor& x) {
  using namespace channel_norm;
  if (has_kernels(x)) {
    const auto doubles = x.options().dtype(at::kDouble).requires_grad(false);
    const at::Tensor mean = at::empty({x.size(1)}, doubles), variance = at::empty_like(mean);
    channel_kernels::statistics(shape_of(x), x.const_data_ptr<float>(),
                                mean.mutable_data_ptr<double>(),
                                variance.mutable_data_ptr<double>());
    return {mean, variance};
  }
  const auto [variance, mean] = at::var_mean(x, at::IntArrayRef(reduced(x)), /*correction=*/0);
  return {host_doubles(mean), host_doubles(variance)};
}

at::Tensor channel_normalise(const at::Tensor& x, const at::Tensor& mean, const at::Tensor& scale,
                             const at::Tensor& bias) {
  using namespace channel_norm;
  if (has_kernels(x)) {
    at::Tensor y = at::empty_like(x);
    channel_kernels::normalise(shape_of(x), x.const_data_ptr<float>(), Floats(mean), Floats(scale),
                               Floats(bias), y.mutable_data_ptr<float>());
    return y;
  }
  return (x - against(mean, x)).mul_(against(scale, x)).add_(against(bias, x));
}

at::Tensor channel_gradient_sums(const at::Tensor& x, const at::Tensor& dy,
                                 const at::Tensor& mean) {
  using namespace channel_norm;
  if (has_kernels(x)) {
    at::Tensor sums = at::empty({2, x.size(1)}, x.options().dtype(at::kDouble));
    channel_kernels::gradient_sums(shape_of(x), x.const_data_ptr<float>(),
                                   dy.contiguous().const_data_ptr<float>(), Floats(mean),
                                   sums.mutable_data_ptr<double>());
    return sums;
  }
  const auto dims = reduced(x);
  return host_doubles(at::stack({dy.sum(dims), (dy * (x - against(mean, x))).sum(dims)}));
}

at::Tensor channel_gradient(const at::Tensor& x, const at::Tensor& dy, const at::Tensor& mean,
                            const ChannelSlopes& slopes) {
  using namespace channel_norm;
  if (has_kernels(x)) {
    at::Tensor dx = at::empty_like(x);
    channel_kernels::gradient(shape_of(x), x.const_data_ptr<float>(),
                              dy.contiguous().const_data_ptr<float>(), Floats(mean),
                              Floats(slopes.level), Floats(slopes.slope), Floats(slopes.scale),
                              dx.mutable_data_ptr<float>());
    return dx;
  }
  const at::Tensor steep = (x - against(mean, x)).mul_(against(slopes.slope, x));
  return (dy - against(slopes.level, x)).sub_(steep).mul_(against(slopes.scale, x));
}

}  // namespace dinobench
