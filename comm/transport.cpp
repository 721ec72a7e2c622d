// Ranks tell each other their GPUs, then choose alike.
#include "comm/transport.hpp"

#include <map>
#include <span>

#include "comm/device_reducer.hpp"
#include "comm/gpu.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace transport {
namespace {

constexpr const char* no_gpu = "cpu";

std::vector<std::string> gather_identities(Communicator& comm, c10::Device device) {
  const std::string own = device.is_cuda() ? gpu_facts(device.index()).identity : no_gpu;
  std::vector<std::string> all;
  for (const auto& bytes : comm.all_gather(std::as_bytes(std::span(own))))
    all.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return all;
}

void require_one_kind(const std::vector<std::string>& identities) {
  for (size_t rank = 1; rank < identities.size(); ++rank) {
    const bool first = identities[0] == no_gpu, other = identities[rank] == no_gpu;
    require(first == other,
            "rank {} sees no GPU but rank {} does; give --device cpu, or GPUs to all",
            first ? 0 : rank, first ? rank : 0);
  }
}

}  // namespace
}  // namespace transport

std::optional<std::pair<int, int>> ranks_on_one_gpu(const std::vector<std::string>& identities) {
  std::map<std::string, int> owner;
  for (size_t rank = 0; rank < identities.size(); ++rank) {
    const auto [found, fresh] = owner.emplace(identities[rank], static_cast<int>(rank));
    if (!fresh) return std::pair(found->second, static_cast<int>(rank));
  }
  return std::nullopt;
}

Transport attach_transport(const std::string& asked, Communicator& comm, c10::Device device) {
  comm.attach(nullptr);
  const auto identities = transport::gather_identities(comm, device);
  transport::require_one_kind(identities);
  if (!device.is_cuda()) {
    require(asked != "nccl", "--comm nccl needs --device cuda; on the CPU ranks sum through MPI");
    return {comm.size() == 1 ? "self" : "mpi", ""};
  }
  if (comm.size() == 1 && asked != "nccl") return {"self", ""};
  const auto shared = ranks_on_one_gpu(identities);
  if (asked != "mpi" && !shared) {
    comm.attach(make_nccl_reducer(comm, device.index()));
    return {comm.device_reducer()->name(), ""};
  }
  require(asked != "nccl", "--comm nccl: ranks {} and {} are on one GPU; NCCL needs a GPU for each",
          shared ? shared->first : 0, shared ? shared->second : 0);
  comm.attach(make_staged_reducer(comm));
  Transport out{comm.device_reducer()->name(), ""};
  if (asked == "auto")
    out.warning = fmt::format(
        "ranks {} and {} are on one GPU: gradients go through host memory; NCCL needs a GPU for "
        "each",
        shared->first, shared->second);
  return out;
}

}  // namespace dinobench
