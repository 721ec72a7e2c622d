// Sums over ranks by NCCL, beside the kernels of the current stream.
#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <nccl.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <span>
#include <thread>

#include "comm/device_reducer.hpp"
#include "comm/gpu.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace nccl {
namespace {

constexpr auto look_every = std::chrono::milliseconds(200);

/// One rank's communicator. A thread looks for errors that arise on other ranks or on the wire: it
/// then aborts the communicator, so that kernels waiting for lost peers end and the host gets to
/// hear of it.
class Link {
 public:
  Link(Communicator& comm, int gpu) : rank_(comm.rank()), exceptions_(std::uncaught_exceptions()) {
    ncclUniqueId id{};
    if (rank_ == 0) check(ncclGetUniqueId(&id), "make an id");
    comm.broadcast(std::as_writable_bytes(std::span(&id, 1)), 0);
    const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(gpu));
    check(ncclCommInitRank(&comm_, comm.size(), id, rank_), "connect");
    watcher_ = std::thread([this] { watch(); });
  }

  // A rank that goes down with an exception does not wait for the others.
  ~Link() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    watcher_.join();
    if (broken_) return;
    const bool unwinding = std::uncaught_exceptions() > exceptions_;
    unwinding ? ncclCommAbort(comm_) : ncclCommDestroy(comm_);
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void sum(const at::Tensor& flat, cudaStream_t stream) {
    throw_if_broken();
    const auto type = flat.scalar_type() == at::kDouble ? ncclDouble : ncclFloat;
    void* data = flat.mutable_data_ptr();
    check(
        ncclAllReduce(data, data, static_cast<size_t>(flat.numel()), type, ncclSum, comm_, stream),
        "sum");
  }

  void throw_if_broken() {
    if (!broken_) return;
    const std::lock_guard lock(mutex_);
    fail_run("rank {}: NCCL stopped: {}", rank_, problem_);
  }

 private:
  void check(ncclResult_t status, const char* action) const {
    if (status == ncclSuccess) return;
    fail_run("rank {}: NCCL could not {}: {} ({})", rank_, action, ncclGetErrorString(status),
             ncclGetLastError(comm_));
  }

  void watch() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, look_every, [this] { return stopping_; })) {
      ncclResult_t status = ncclSuccess;
      const ncclResult_t asked = ncclCommGetAsyncError(comm_, &status);
      if (asked != ncclSuccess) status = asked;
      if (status == ncclSuccess || status == ncclInProgress) continue;
      problem_ = fmt::format("{} ({})", ncclGetErrorString(status), ncclGetLastError(comm_));
      broken_ = true;
      lock.unlock();
      ncclCommAbort(comm_);
      return;
    }
  }

  int rank_, exceptions_;
  ncclComm_t comm_ = nullptr;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::string problem_;
  std::atomic<bool> broken_{false};
  std::thread watcher_;
};

class NcclSum final : public Communicator::Pending {
 public:
  NcclSum(const at::Tensor& flat, double divisor, std::shared_ptr<Link> link,
          c10::cuda::CUDAStream beside)
      : flat_(flat),
        divisor_(divisor),
        link_(std::move(link)),
        done_(c10::DeviceType::CUDA),
        gpu_(flat.device().index()) {
    c10::Event ready(c10::DeviceType::CUDA);
    ready.record(c10::cuda::getCurrentCUDAStream(gpu_).unwrap());
    ready.block(beside.unwrap());
    const c10::cuda::CUDAGuard guard(gpu_);
    link_->sum(flat, beside.stream());
    flat.record_stream(beside.unwrap());
    done_.record(beside.unwrap());
  }
  ~NcclSum() override {
    if (waited_) return;
    try {
      wait();
    } catch (const std::exception&) {
      // Whoever needs the sum calls wait() and gets the error there.
    }
  }
  void wait() override {
    link_->throw_if_broken();
    done_.block(c10::cuda::getCurrentCUDAStream(gpu_).unwrap());
    if (!waited_ && divisor_ != 1) flat_.div_(divisor_);
    waited_ = true;
  }

 private:
  at::Tensor flat_;
  double divisor_;
  std::shared_ptr<Link> link_;
  c10::Event done_;
  c10::DeviceIndex gpu_;
  bool waited_ = false;
};

class NcclReducer final : public DeviceReducer {
 public:
  NcclReducer(Communicator& comm, int gpu)
      : link_(std::make_shared<Link>(comm, gpu)),
        gpu_(static_cast<c10::DeviceIndex>(gpu)),
        stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/true, gpu_)) {}
  std::string name() const override { return "nccl " + nccl_version(); }
  std::unique_ptr<Communicator::Pending> start_all_reduce_sum(const at::Tensor& flat,
                                                              double divisor) override {
    require(flat.is_cuda() && flat.device().index() == gpu_,
            "NCCL on GPU {} was asked to sum a tensor on {}", gpu_, flat.device().str());
    return std::make_unique<NcclSum>(flat, divisor, link_, stream_);
  }

 private:
  std::shared_ptr<Link> link_;
  c10::DeviceIndex gpu_;
  c10::cuda::CUDAStream stream_;
};

}  // namespace
}  // namespace nccl

std::string nccl_version() {
  int version = 0;
  if (ncclGetVersion(&version) != ncclSuccess) return "unknown";
  return fmt::format("{}.{}.{}", version / 10000, version % 10000 / 100, version % 100);
}

std::shared_ptr<DeviceReducer> make_nccl_reducer(Communicator& comm, int gpu) {
  return std::make_shared<nccl::NcclReducer>(comm, gpu);
}

}  // namespace dinobench
