// A lock a tensor: who comes first, the writer or the step, has it.
#include "train/snapshot.hpp"

#include <ATen/ops/clone.h>
#include <c10/core/GradMode.h>

#include <mutex>

#include "backbones/state.hpp"

namespace dinobench {

class Snapshot::Late final : public ByteSource {
 public:
  explicit Late(const at::Tensor& tensor) : tensor_(tensor.detach()), size_(tensor.nbytes()) {}

  size_t size() const override { return size_; }

  void read(const std::function<void(std::span<const std::byte>)>& use) override {
    const std::lock_guard turn(mutex_);
    use({static_cast<const std::byte*>(tensor_.const_data_ptr()), size_});
    tensor_.reset();
  }

  /// The bytes copied: 0 if it has been read.
  size_t keep() {
    const std::lock_guard turn(mutex_);
    if (!tensor_.defined()) return 0;
    tensor_ = tensor_.clone();
    return size_;
  }

 private:
  std::mutex mutex_;
  at::Tensor tensor_;  // the run's own, then its copy, then none
  size_t size_;
};

TensorData Snapshot::later(const at::Tensor& tensor) {
  if (!tensor.is_cpu() || !tensor.is_contiguous() || tensor.numel() == 0) return to_data(tensor);
  TensorData data = description_of(tensor);
  late_.push_back(std::make_shared<Late>(tensor));
  data.source = late_.back();
  return data;
}

void Snapshot::keep() {
  const c10::NoGradGuard no_grad;
  while (!late_.empty()) {
    kept_bytes_ += static_cast<int64_t>(late_.back()->keep());
    late_.pop_back();
  }
}

}  // namespace dinobench
