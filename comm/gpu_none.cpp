// The CPU build's answers.
#include "comm/gpu.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace {

constexpr const char* no_cuda = "this is a CPU build; configure with 'cmake --preset cuda'";

}  // namespace

std::string cuda_build_version() { return "none"; }

std::string nccl_version() { return "none"; }

VisibleGpus visible_gpus() { return {0, no_cuda}; }

GpuFacts gpu_facts(int index) { fail_run("GPU {}: {}", index, no_cuda); }

std::shared_ptr<DeviceReducer> make_nccl_reducer(Communicator&, int) { fail("NCCL: {}", no_cuda); }

}  // namespace dinobench
