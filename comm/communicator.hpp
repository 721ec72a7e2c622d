// Ranks and the few collectives the suite needs. One process is a special case, not a different
// code path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace dinobench {

class DeviceReducer;

/// Collectives are called alike, in the same order, by every rank. Sums are in place.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual int local_rank() const = 0;  ///< rank among those on this host
  virtual int local_size() const = 0;
  virtual std::string version() const = 0;  ///< "self" or the MPI library's version line

  virtual void all_reduce_sum(std::span<float> values) = 0;
  virtual void all_reduce_sum(std::span<double> values) = 0;
  virtual void all_reduce_sum(std::span<int64_t> values) = 0;
  virtual void broadcast(std::span<std::byte> bytes, int root) = 0;
  /// Each rank gives any number of bytes; every rank gets all of them, in rank order.
  virtual std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> bytes) = 0;
  virtual void barrier() = 0;

  /// Memory whose sums cost least: zeros that all ranks see, for values that are summed again and
  /// again. Null, on every rank, where there is no such memory; ordinary memory then serves.
  virtual std::shared_ptr<std::byte> allocate(size_t /*bytes*/) { return nullptr; }

  /// Waiting for other ranks longer than this is a run Error that names those that did not come; 0
  /// (the default): no limit. The same on every rank.
  virtual void set_timeout(double seconds) = 0;

  /// A sum under way; values may not be touched until wait() returns. Destroying it waits.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual void wait() = 0;
  };
  /// The sums divided by `divisor`, which costs no pass of its own over memory that ranks share.
  virtual std::unique_ptr<Pending> start_all_reduce_sum(std::span<float> values,
                                                        double divisor) = 0;
  virtual std::unique_ptr<Pending> start_all_reduce_sum(std::span<double> values,
                                                        double divisor) = 0;

  /// Sums of tensors go through this once it is attached (comm/device_reducer.hpp).
  void attach(std::shared_ptr<DeviceReducer> reducer) { device_reducer_ = std::move(reducer); }
  DeviceReducer* device_reducer() const { return device_reducer_.get(); }

  /// Ends every rank of the job with this exit code; does not return.
  [[noreturn]] virtual void abort(int exit_code) = 0;

 private:
  std::shared_ptr<DeviceReducer> device_reducer_;
};

/// MPI if a launcher started this process (OMPI_*, PMI*, SLURM step variables), else one process
/// without MPI. MPI is initialised on the first call and finalised when the last communicator is
/// gone.
std::unique_ptr<Communicator> make_communicator();

/// One process.
std::unique_ptr<Communicator> make_self_communicator();

}  // namespace dinobench
