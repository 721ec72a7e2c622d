// Queries shared out over the ranks in consecutive runs.
#include "eval/sharded_search.hpp"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "backbones/kernel_call.hpp"
#include "core/console.hpp"
#include "eval/device_neighbours.hpp"

namespace dinobench {
namespace sharded_search {
namespace {

bool suits_device(const at::Tensor& queries, const at::Tensor& bank, int64_t k,
                  c10::Device device) {
  return has_kernels(device) && k <= kMostDeviceNeighbours &&
         bank.size(0) <= std::numeric_limits<int32_t>::max() &&
         queries.scalar_type() == at::kFloat && bank.scalar_type() == at::kFloat;
}

Neighbours search(const at::Tensor& queries, const at::Tensor& bank, int64_t k,
                  const RunContext& context) {
  if (queries.size(0) > 0 && suits_device(queries, bank, k, context.device)) {
    try {
      return nearest_on_device(queries.to(context.device).contiguous(),
                               bank.to(context.device).contiguous(), k);
    } catch (const c10::OutOfMemoryError&) {
      context.console.warn(fmt::format(
          "nearest neighbours: {} x {} features and the work on them do not fit into the free "
          "memory of {}; the processor searches them",
          bank.size(0), bank.size(1), context.device.str()));
    }
  }
  return nearest(queries, bank, k);
}

}  // namespace
}  // namespace sharded_search

Neighbours sharded_nearest(const at::Tensor& queries, const at::Tensor& bank, int64_t k,
                           RunContext& context) {
  Communicator& comm = context.comm;
  const int64_t total = queries.size(0), world = comm.size(), rank = comm.rank();
  const int64_t first = total * rank / world, last = total * (rank + 1) / world;
  const Neighbours own =
      sharded_search::search(queries.narrow(0, first, last - first), bank, k, context);
  const auto indices = comm.all_gather(std::as_bytes(std::span(own.index)));
  const auto similarities = comm.all_gather(std::as_bytes(std::span(own.similarity)));
  Neighbours all{total, k, {}, {}};
  const auto append = [](const std::vector<std::byte>& bytes, auto& values) {
    const size_t before = values.size();
    values.resize(before + bytes.size() / sizeof(values[0]));
    if (!bytes.empty()) std::memcpy(values.data() + before, bytes.data(), bytes.size());
  };
  for (const auto& bytes : indices) append(bytes, all.index);
  for (const auto& bytes : similarities) append(bytes, all.similarity);
  return all;
}

}  // namespace dinobench
