// Checked arithmetic of windows, and the copy.
#include "core/strided_view.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/error.hpp"

namespace dinobench {
namespace {

constexpr size_t torch_dimensions = 64;  // torch's own limit

int64_t product(int64_t a, int64_t b) {
  int64_t out = 0;
  require(!__builtin_mul_overflow(a, b, &out), "damaged: a tensor's extents overflow");
  return out;
}

int64_t sum(int64_t a, int64_t b) {
  int64_t out = 0;
  require(!__builtin_add_overflow(a, b, &out), "damaged: a tensor's extents overflow");
  return out;
}

void require_natural(const std::vector<int64_t>& values) {
  for (const int64_t value : values)
    require(value >= 0, "damaged: a tensor's shape or stride of {}", value);
}

}  // namespace

StridedView::StridedView(int64_t offset, std::vector<int64_t> shape, std::vector<int64_t> strides)
    : offset_(offset), shape_(std::move(shape)), strides_(std::move(strides)) {
  require(offset_ >= 0, "damaged: a tensor that starts at element {}", offset_);
  require_natural(shape_);
  require_natural(strides_);
  require(shape_.size() == strides_.size() && shape_.size() <= torch_dimensions,
          "damaged: a tensor of {} extents and {} strides", shape_.size(), strides_.size());
  // A zero extent makes any others harmless, but their product may still overflow.
  if (std::count(shape_.begin(), shape_.end(), 0) > 0) return;
  numel_ = 1;
  end_ = offset_;
  for (size_t i = 0; i < shape_.size(); ++i) {
    if (shape_[i] == 1) strides_[i] = 0;  // never taken: whatever stands there
    numel_ = product(numel_, shape_[i]);
    end_ = sum(end_, product(shape_[i] - 1, strides_[i]));
  }
  end_ = sum(end_, 1);
}

bool StridedView::contiguous() const {
  if (numel_ == 0) return true;
  int64_t expected = 1;
  for (size_t i = shape_.size(); i-- > 0;) {
    if (shape_[i] != 1 && strides_[i] != expected) return false;
    expected *= shape_[i];
  }
  return true;
}

// `step` counts up like an odometer, the last dimension fastest.
std::vector<std::byte> StridedView::gather(const std::byte* storage, size_t width) const {
  std::vector<std::byte> out(static_cast<size_t>(numel_) * width);
  if (contiguous() && !out.empty()) {
    std::memcpy(out.data(), storage + static_cast<size_t>(offset_) * width, out.size());
    return out;
  }
  std::array<int64_t, torch_dimensions> step{};
  int64_t at = offset_;
  for (std::byte* to = out.data(); to != out.data() + out.size(); to += width) {
    std::memcpy(to, storage + static_cast<size_t>(at) * width, width);
    for (size_t i = shape_.size(); i-- > 0;) {
      at += strides_[i];
      if (++step[i] < shape_[i]) break;
      at -= strides_[i] * shape_[i];
      step[i] = 0;
    }
  }
  return out;
}

}  // namespace dinobench
