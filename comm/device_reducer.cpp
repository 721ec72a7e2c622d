// Which way a tensor's sum takes, and the way through host memory.
#include "comm/device_reducer.hpp"

#include <span>

#include "core/error.hpp"

namespace dinobench {
namespace device_reducer {
namespace {

class Nothing final : public Communicator::Pending {
 public:
  void wait() override {}
};

std::unique_ptr<Communicator::Pending> start_on_host(const at::Tensor& host, Communicator& comm,
                                                     double divisor) {
  const auto length = static_cast<size_t>(host.numel());
  if (host.scalar_type() == at::kDouble)
    return comm.start_all_reduce_sum(std::span(host.mutable_data_ptr<double>(), length), divisor);
  return comm.start_all_reduce_sum(std::span(host.mutable_data_ptr<float>(), length), divisor);
}

class StagedSum final : public Communicator::Pending {
 public:
  StagedSum(const at::Tensor& flat, Communicator& comm, double divisor)
      : flat_(flat),
        host_(flat.to(flat.options().device(at::kCPU), /*non_blocking=*/false, /*copy=*/true)),
        sum_(start_on_host(host_, comm, divisor)) {}
  void wait() override {
    if (!sum_) return;
    sum_->wait();
    sum_.reset();
    flat_.copy_(host_);
  }

 private:
  at::Tensor flat_, host_;
  std::unique_ptr<Communicator::Pending> sum_;  // destroyed first: it may still write to host_
};

class StagedReducer final : public DeviceReducer {
 public:
  explicit StagedReducer(Communicator& comm) : comm_(comm) {}
  std::string name() const override { return "mpi, staged through host memory"; }
  std::unique_ptr<Communicator::Pending> start_all_reduce_sum(const at::Tensor& flat,
                                                              double divisor) override {
    return std::make_unique<StagedSum>(flat, comm_, divisor);
  }

 private:
  Communicator& comm_;
};

}  // namespace
}  // namespace device_reducer

std::shared_ptr<DeviceReducer> make_staged_reducer(Communicator& comm) {
  return std::make_shared<device_reducer::StagedReducer>(comm);
}

std::unique_ptr<Communicator::Pending> start_all_reduce_sum(const at::Tensor& flat,
                                                            Communicator& comm, double divisor) {
  require(flat.is_contiguous() &&
              (flat.scalar_type() == at::kFloat || flat.scalar_type() == at::kDouble),
          "a sum over ranks of a {} tensor; expected a contiguous one of float32 or float64",
          c10::toString(flat.scalar_type()));
  if (comm.device_reducer() != nullptr)
    return comm.device_reducer()->start_all_reduce_sum(flat, divisor);
  if (comm.size() == 1 && divisor == 1) return std::make_unique<device_reducer::Nothing>();
  if (flat.is_cpu()) return device_reducer::start_on_host(flat, comm, divisor);
  return std::make_unique<device_reducer::StagedSum>(flat, comm, divisor);
}

void all_reduce_sum(const at::Tensor& flat, Communicator& comm) {
  start_all_reduce_sum(flat, comm)->wait();
}

}  // namespace dinobench
