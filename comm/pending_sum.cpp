// Which way a sum goes, and when it is done.
#include "comm/pending_sum.hpp"

#include <exception>

#include "comm/shared_sum.hpp"
#include "comm/sliced_sum.hpp"
#include "comm/whole_sum.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace mpi {

PendingSum::PendingSum(std::shared_ptr<Session> session, const std::vector<Elements>& pieces,
                       double divisor, const std::shared_ptr<const SharedMemory>& memory)
    : session_(std::move(session)), exceptions_(std::uncaught_exceptions()), divisor_(divisor) {
  {
    const auto turn = session_->turn();
    for (const Elements& values : pieces) begin(values, memory);
  }
  session_->add(*this);
}

// A rank that goes down with an exception must not wait for the others: they may never come.
PendingSum::~PendingSum() {
  try {
    if (std::uncaught_exceptions() == exceptions_) wait();
  } catch (const Error&) {
    // Whoever needs the sum calls wait() and gets the error there.
  }
  session_->remove(*this);
}

void PendingSum::begin(const Elements& values, const std::shared_ptr<const SharedMemory>& memory) {
  const MPI_Comm comm = session_->background();
  if (memory != nullptr) {
    steps_.push_back(
        std::make_unique<SharedSum>(memory, values, divisor_, session_->rank(), session_->size()));
  } else if (SlicedSum::is_worth_it(values.count, session_->size())) {
    steps_.push_back(std::make_unique<SlicedSum>(comm, values, divisor_, session_->next_tag()));
  } else {
    steps_.push_back(std::make_unique<WholeSum>(comm, values, divisor_));
  }
}

void PendingSum::advance() {
  if (done_) return;
  bool all = true;
  for (const auto& step : steps_) all = step->advance() && all;
  done_ = all;
}

void PendingSum::wait() {
  session_->wait([this] { return done_.load(); }, "sum gradients");
}

}  // namespace mpi
}  // namespace dinobench
