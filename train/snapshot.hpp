// Tensors of a checkpoint that are written while the run goes on.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "core/pickle_value.hpp"

namespace dinobench {

/// Tensors that stay as they are until the optimiser's next step: a writer on a thread of its own
/// reads them where they lie. Before that step keep() copies those that the writer has not come to.
class Snapshot {
 public:
  /// Shares the tensor's memory, [any shape], until it has been read or kept. What is not in the
  /// CPU's memory, or not contiguous, is copied at once.
  TensorData later(const at::Tensor& tensor);

  /// From now on the tensors may change. Returns once the one being read has been read and copies
  /// of those not yet read are made, by all threads of the caller, last first: at most the
  /// checkpoint's size more of memory, given back as the writer proceeds.
  void keep();

  int64_t kept_bytes() const { return kept_bytes_; }  ///< copied by keep()

 private:
  class Late;
  std::vector<std::shared_ptr<Late>> late_;
  int64_t kept_bytes_ = 0;
};

}  // namespace dinobench
