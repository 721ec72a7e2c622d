// A callback of torch's profiling interface, with the rule of each operation that multiplies.
#include "train/flop_count.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/record_function.h>

#include <atomic>
#include <string_view>

namespace dinobench {
namespace flop_count {
namespace {

std::atomic<double> counted{0};

using Inputs = c10::ArrayRef<const c10::IValue>;

double size(const c10::IValue& tensor, int64_t dimension) {
  return static_cast<double>(tensor.toTensor().size(dimension));
}
double elements(const c10::IValue& tensor) {
  return static_cast<double>(tensor.toTensor().numel());
}

/// a [..., m, k] b [..., k, n]: every element of a meets n columns.
double product(const c10::IValue& a, const c10::IValue& b) { return 2 * elements(a) * size(b, -1); }

/// 4 B H Nq Nk D, from q and k [B, H, N, D].
double attention(const c10::IValue& q, const c10::IValue& k) {
  return 4 * elements(q) * size(k, 2);
}

/// Each output pixel meets a whole kernel [out, in / groups, h, w]; `output` [B, out, H, W].
double convolution(double output_pixels, const c10::IValue& weight) {
  return 2 * output_pixels * elements(weight);
}

double pixels_after(const c10::IValue& input, const c10::IValue& weight, const c10::IValue& stride,
                    const c10::IValue& padding, const c10::IValue& dilation) {
  double pixels = size(input, 0);
  for (int64_t i = 0; i < input.toTensor().dim() - 2; ++i) {
    const auto of = [i](const c10::IValue& list) {
      const auto values = list.toIntVector();
      return values[values.size() == 1 ? 0 : static_cast<size_t>(i)];
    };
    const int64_t reach = of(dilation) * (weight.toTensor().size(2 + i) - 1) + 1;
    pixels *= static_cast<double>(
        (input.toTensor().size(2 + i) + 2 * of(padding) - reach) / of(stride) + 1);
  }
  return pixels;
}

double operations(std::string_view name, Inputs in) {
  if (name == "dinobench::product")
    return 2 * static_cast<double>(in[0].toInt()) * static_cast<double>(in[1].toInt()) *
           static_cast<double>(in[2].toInt());
  if (name == "aten::mm" || name == "aten::bmm") return product(in[0], in[1]);
  if (name == "aten::addmm" || name == "aten::baddbmm") return product(in[1], in[2]);
  if (name == "aten::convolution")
    return convolution(pixels_after(in[0], in[1], in[3], in[4], in[5]), in[1]);
  if (name == "aten::convolution_backward") {
    const double pixels = elements(in[0]) / size(in[0], 1);
    const auto wanted = in[10].toBoolList();
    return (static_cast<double>(wanted[0]) + static_cast<double>(wanted[1])) *
           convolution(pixels, in[2]);
  }
  if (!name.starts_with("aten::_scaled_dot_product_")) return 0;
  return name.find("backward") == std::string_view::npos ? attention(in[0], in[1])
                                                         : 2 * attention(in[1], in[2]);
}

std::unique_ptr<at::ObserverContext> started(const at::RecordFunction& function) {
  const std::string_view name = function.name();
  if (!name.starts_with("aten::") && name != "dinobench::product") return nullptr;
  const double count = operations(name, function.inputs());
  for (double before = counted; !counted.compare_exchange_weak(before, before + count);) {
  }
  return nullptr;
}

}  // namespace
}  // namespace flop_count

FlopCount::FlopCount()
    : callback_(at::addGlobalCallback(at::RecordFunctionCallback(flop_count::started)
                                          .needsInputs(true)
                                          .scopes({at::RecordScope::FUNCTION}))) {
  flop_count::counted = 0;
}

FlopCount::~FlopCount() { at::removeCallback(callback_); }

double FlopCount::total() const { return flop_count::counted; }

}  // namespace dinobench
