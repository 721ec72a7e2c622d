// torch's CUDA graph round the step.
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>

#include "train/step_graph.hpp"

namespace dinobench {
namespace step_graph {
namespace {

void let_wait(const c10::Stream& waiting, const c10::Stream& first) {
  c10::Event done(c10::DeviceType::CUDA);
  done.record(first);
  done.block(waiting);
}

class CudaStepGraph final : public StepGraph {
 public:
  explicit CudaStepGraph(c10::DeviceIndex gpu)
      : gpu_(gpu), stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, gpu)) {}

  void run(const Work& work) override { beside(work); }

  void capture(const Work& work) override {
    forget();
    const c10::cuda::CUDAStreamGuard guard(stream_);
    c10::cuda::device_synchronize();
    c10::cuda::CUDACachingAllocator::emptyCache();  // the graph keeps memory of its own
    auto graph = std::make_unique<at::cuda::CUDAGraph>();
    // Of this thread alone: backward runs in another, and so do the loader's copies.
    graph->capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      end_in_vain(*graph);
      throw;
    }
    graph->capture_end();
    graph_ = std::move(graph);
  }

  bool captured() const override { return graph_ != nullptr; }
  void replay() override {
    beside([this] { graph_->replay(); });
  }
  void forget() override {
    if (!graph_) return;
    stream_.synchronize();
    graph_.reset();
  }

 private:
  void beside(const Work& work) {
    const c10::Stream current = c10::cuda::getCurrentCUDAStream(gpu_).unwrap();
    let_wait(stream_.unwrap(), current);
    {
      const c10::cuda::CUDAStreamGuard guard(stream_);
      work();
    }
    let_wait(current, stream_.unwrap());
  }

  static void end_in_vain(at::cuda::CUDAGraph& graph) {
    try {
      graph.capture_end();
    } catch (const std::exception&) {
      // The capture broke with the work, whose own error is thrown on.
    }
  }

  c10::DeviceIndex gpu_;
  c10::cuda::CUDAStream stream_;
  std::unique_ptr<at::cuda::CUDAGraph> graph_;
};

}  // namespace
}  // namespace step_graph

std::unique_ptr<StepGraph> make_step_graph(c10::Device device) {
  if (!device.is_cuda()) return nullptr;
  return std::make_unique<step_graph::CudaStepGraph>(device.index());
}

}  // namespace dinobench
