// A sum over ranks under way beside other work.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "comm/communicator.hpp"
#include "comm/mpi_session.hpp"
#include "comm/shared_memory.hpp"
#include "comm/sum_steps.hpp"

namespace dinobench {
namespace mpi {

class PendingSum final : public Communicator::Pending, public Session::Work {
 public:
  /// `pieces`: the values, each short enough for an MPI count. `memory`: what they lie in if all
  /// ranks see it, else null.
  PendingSum(std::shared_ptr<Session> session, const std::vector<Elements>& pieces, double divisor,
             const std::shared_ptr<const SharedMemory>& memory);
  ~PendingSum() override;
  PendingSum(const PendingSum&) = delete;
  PendingSum& operator=(const PendingSum&) = delete;

  void advance() override;
  void wait() override;

 private:
  void begin(const Elements& values, const std::shared_ptr<const SharedMemory>& memory);

  std::shared_ptr<Session> session_;
  int exceptions_;
  double divisor_;
  std::vector<std::unique_ptr<SumSteps>> steps_;
  std::atomic<bool> done_ = false;
};

}  // namespace mpi
}  // namespace dinobench
