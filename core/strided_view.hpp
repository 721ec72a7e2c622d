// A tensor as a window on its storage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dinobench {

/// Offset, shape and strides in elements, as files have them. Negative ones, more than 64
/// dimensions and products beyond 64 bits are input Errors.
class StridedView {
 public:
  StridedView(int64_t offset, std::vector<int64_t> shape, std::vector<int64_t> strides);

  int64_t offset() const { return offset_; }
  int64_t numel() const { return numel_; }
  const std::vector<int64_t>& shape() const { return shape_; }
  int64_t end() const { return end_; }  ///< one past the last element; 0 if there is none
  bool contiguous() const;              ///< row-major, without gaps

  /// Row-major copy out of a storage of at least end() elements of `width` bytes.
  std::vector<std::byte> gather(const std::byte* storage, size_t width) const;

 private:
  int64_t offset_ = 0, numel_ = 0, end_ = 0;
  std::vector<int64_t> shape_, strides_;
};

}  // namespace dinobench
