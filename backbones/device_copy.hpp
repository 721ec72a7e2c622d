// Host tensors on their way to a device: pinned, on a stream of their own, one step ahead.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/Stream.h>

#include <exception>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace dinobench {

/// Copies to one device. On the CPU start() is a conversion and arrive() does nothing.
class DeviceCopy {
 public:
  explicit DeviceCopy(c10::Device device);

  /// Whether copies run beside other work, so that starting them early pays.
  bool asynchronous() const { return stream_.has_value(); }

  /// `host` on the device in this dtype. It may not be read before the next arrive(); `host` is
  /// free as soon as this returns.
  at::Tensor start(const at::Tensor& host, c10::ScalarType dtype);

  /// What `work` computes on the device from tensors started before, on the copies' stream: beside
  /// other work. It may not be read before the next arrive().
  at::Tensor beside(const std::function<at::Tensor()>& work);

  /// Makes the device's current stream wait for all that was started so far. The host does not.
  void arrive();

 private:
  c10::Device device_;
  std::optional<c10::Stream> stream_;
  std::vector<at::Tensor> under_way_;
};

/// Until the device has nothing left to do; nothing on the CPU.
void wait_for(c10::Device device);

/// A small host tensor on the device in this dtype, in the order of the current stream and without
/// waiting for it: a plain `to` would empty the queue at every call.
at::Tensor upload(const at::Tensor& host, c10::Device device, c10::ScalarType dtype);

/// Hands out what `make` makes, each item's copies begun while the item before it is in use. Errors
/// of `make` come out of next() in their place. On the CPU nothing is made ahead.
template <class Item>
class DeviceFeed {
 public:
  using Make = std::function<std::optional<Item>(DeviceCopy&)>;
  DeviceFeed(c10::Device device, Make make, std::optional<bool> ahead = {})
      : copy_(device), make_(std::move(make)), ahead_(ahead.value_or(copy_.asynchronous())) {}

  /// Nothing once `make` gave nothing.
  std::optional<Item> next() {
    Made now = made_ ? *std::exchange(made_, std::nullopt) : make();
    if (now.error) std::rethrow_exception(now.error);
    copy_.arrive();
    if (ahead_ && now.item) made_ = make();
    return std::move(now.item);
  }

 private:
  struct Made {
    std::optional<Item> item;
    std::exception_ptr error;
  };
  Made make() {
    try {
      return {make_(copy_), {}};
    } catch (...) {
      return {{}, std::current_exception()};
    }
  }

  DeviceCopy copy_;
  Make make_;
  bool ahead_;
  std::optional<Made> made_;
};

}  // namespace dinobench
