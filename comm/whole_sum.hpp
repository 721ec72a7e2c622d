// A sum over ranks by the MPI library's own collective.
#pragma once

#include "comm/mpi_session.hpp"
#include "comm/sum_steps.hpp"

namespace dinobench {
namespace mpi {

class WholeSum final : public SumSteps {
 public:
  /// Begins; on every rank in the same order on `comm`.
  WholeSum(MPI_Comm comm, const Elements& values, double divisor)
      : values_(values), divisor_(divisor) {
    check(MPI_Iallreduce(MPI_IN_PLACE, values.data, static_cast<int>(values.count), type_of(values),
                         MPI_SUM, comm, &request_),
          "start sum");
  }

  bool advance() override {
    if (done_) return true;
    int arrived = 0;
    check(MPI_Test(&request_, &arrived, MPI_STATUS_IGNORE), "sum");
    if (arrived == 0) return false;
    divide(values_, divisor_);
    return done_ = true;
  }

 private:
  Elements values_;
  double divisor_;
  MPI_Request request_ = MPI_REQUEST_NULL;
  bool done_ = false;
};

}  // namespace mpi
}  // namespace dinobench
