// A sum over ranks by messages: every value is sent once to be added and once to be known.
#pragma once

#include <memory>
#include <vector>

#include "comm/mpi_session.hpp"
#include "comm/sum_steps.hpp"

namespace dinobench {
namespace mpi {

/// For buffers that are worth it, between ranks not too many to send to each other. MPI libraries'
/// own sums in place often go up and down a tree instead, one rank adding while the others wait.
class SlicedSum final : public SumSteps {
 public:
  static bool is_worth_it(size_t count, int ranks);

  /// Begins. `tag` and the next are this sum's own on `comm`, the same on every rank.
  SlicedSum(MPI_Comm comm, const Elements& values, double divisor, int tag);
  bool advance() override;

 private:
  enum class Stage { adding, spreading, done };
  Slice slice(int rank) const { return slice_of(values_, rank, size_); }
  void add_up();
  void spread();
  void send(const Slice& slice, int rank, int tag);
  void receive(const Slice& slice, int rank, int tag);

  MPI_Comm comm_;
  Elements values_;
  double divisor_;
  int tag_, rank_ = 0, size_ = 1;
  Stage stage_ = Stage::adding;
  std::unique_ptr<std::byte[]> others_;  // this rank's slice of all others, in their order
  std::vector<MPI_Request> requests_;
};

}  // namespace mpi
}  // namespace dinobench
