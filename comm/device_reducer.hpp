// Sums over ranks of tensors, wherever their memory is.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "comm/communicator.hpp"

namespace dinobench {

/// A transport for device memory, attached to a Communicator. Every rank starts the same sums in
/// the same order.
class DeviceReducer {
 public:
  virtual ~DeviceReducer() = default;
  virtual std::string name() const = 0;  ///< "nccl 2.28.9" or "mpi, staged through host memory"

  /// In place, over all ranks, divided by `divisor`; `flat` is contiguous, float32 or float64.
  /// Begins after what the current stream holds now. wait() makes the current stream wait, not the
  /// host, where the transport allows it.
  virtual std::unique_ptr<Communicator::Pending> start_all_reduce_sum(const at::Tensor& flat,
                                                                      double divisor) = 0;
};

/// Copies to host memory, sums there by `comm` (which outlives it) and copies back.
std::shared_ptr<DeviceReducer> make_staged_reducer(Communicator& comm);

/// The sum of `flat` [n] over all ranks, divided by `divisor`, in place, by what fits: the attached
/// reducer; the communicator itself for host memory and on a single rank; staging otherwise.
std::unique_ptr<Communicator::Pending> start_all_reduce_sum(const at::Tensor& flat,
                                                            Communicator& comm, double divisor = 1);

/// As start_all_reduce_sum() and wait().
void all_reduce_sum(const at::Tensor& flat, Communicator& comm);

}  // namespace dinobench
