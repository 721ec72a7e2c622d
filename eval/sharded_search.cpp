// Queries shared out over the ranks in consecutive runs.
#include "eval/sharded_search.hpp"

#include <cstring>

namespace dinobench {

Neighbours sharded_nearest(const at::Tensor& queries, const at::Tensor& bank, int64_t k,
                           Communicator& comm) {
  const int64_t total = queries.size(0), world = comm.size(), rank = comm.rank();
  const int64_t first = total * rank / world, last = total * (rank + 1) / world;
  const Neighbours own = nearest(queries.narrow(0, first, last - first), bank, k);
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
