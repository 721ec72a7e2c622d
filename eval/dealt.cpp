// Dealing items to ranks: one exchange at the end, so that no rank waits for another on the way.
#include "eval/dealt.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "core/error.hpp"

namespace dinobench {
namespace dealing {
namespace {

using Rows = std::vector<std::vector<double>>;

// The rows of one rank, one after the other: each its length, then its values.
std::vector<double> pack(const Rows& rows) {
  std::vector<double> packed;
  for (const std::vector<double>& row : rows) {
    packed.push_back(static_cast<double>(row.size()));
    packed.insert(packed.end(), row.begin(), row.end());
  }
  return packed;
}

// Items rank, rank + world, ... from what that rank packed.
void unpack(std::span<const std::byte> bytes, size_t rank, size_t world, Rows& out) {
  std::vector<double> packed(bytes.size() / sizeof(double));
  if (!bytes.empty()) std::memcpy(packed.data(), bytes.data(), bytes.size());
  auto at = packed.begin();
  for (size_t item = rank; item < out.size(); item += world) {
    const auto length = static_cast<std::ptrdiff_t>(*at++);
    out[item].assign(at, at + length);
    at += length;
  }
}

}  // namespace
}  // namespace dealing

std::vector<std::vector<double>> dealt(int64_t n,
                                       const std::function<std::vector<double>(int64_t)>& work,
                                       const std::string& title, const std::string& unit,
                                       RunContext& context) {
  const int64_t world = context.comm.size(), rank = context.comm.rank();
  ProgressLine progress(context.console, title, n, unit);
  dealing::Rows own;
  for (int64_t item = rank; item < n; item += world) {
    own.push_back(work(item));
    const int64_t others = std::min(world, n - (item - rank));  // as far as all ranks likely are
    progress.advance(others, others);
  }
  const std::vector<double> packed = dealing::pack(own);
  const auto all = context.comm.all_gather(std::as_bytes(std::span(packed)));
  dealing::Rows rows(static_cast<size_t>(n));
  for (size_t from = 0; from < all.size(); ++from)
    dealing::unpack(all[from], from, all.size(), rows);
  return rows;
}

}  // namespace dinobench
