// Products in blocks, lists on the device, one answer copied to the host a block of queries.
#include "eval/device_neighbours.hpp"

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "backbones/kernel_call.hpp"
#include "core/error.hpp"
#include "eval/nearest_kernel.hpp"

namespace dinobench {
namespace device_neighbours {
namespace {

constexpr int64_t kQueryBlock = 1024;

// As the host's: twice the error of a float32 product of unit rows and of its rounding, and a tenth
// to spare.
float product_margin(int64_t dimension) {
  return static_cast<float>(2.2 * static_cast<double>(dimension + 2) * std::ldexp(1.0, -24));
}

struct Lists {
  at::Tensor values, rows, counts, thresholds, overfull, index, similarity;

  Lists(int64_t queries, int64_t k, const at::Tensor& like) {
    const auto options = like.options();
    values = at::empty({queries, kShortlistRoom}, options);
    rows = at::empty({queries, kShortlistRoom}, options.dtype(at::kInt));
    counts = at::zeros({queries}, options.dtype(at::kInt));
    thresholds = at::full({queries}, -std::numeric_limits<double>::infinity(), options);
    overfull = at::zeros({queries}, options.dtype(at::kByte));
    index = at::zeros({queries, k}, options.dtype(at::kLong));
    similarity = at::zeros({queries, k}, options);
  }

  ShortlistArguments arguments() const {
    ShortlistArguments a{};
    a.queries = values.size(0), a.k = index.size(1);
    a.values = values.mutable_data_ptr<float>();
    a.rows = rows.mutable_data_ptr<int32_t>();
    a.counts = counts.mutable_data_ptr<int32_t>();
    a.thresholds = thresholds.mutable_data_ptr<float>();
    a.overfull = overfull.mutable_data_ptr<uint8_t>();
    a.index = index.mutable_data_ptr<int64_t>();
    a.similarity = similarity.mutable_data_ptr<float>();
    return a;
  }
};

void put(const at::Tensor& index, const at::Tensor& similarity, int64_t first, Neighbours& out) {
  const at::Tensor i = index.to(at::kCPU), s = similarity.to(at::kCPU);
  std::copy_n(i.const_data_ptr<int64_t>(), i.numel(), out.index.data() + first * out.k);
  std::copy_n(s.const_data_ptr<float>(), s.numel(), out.similarity.data() + first * out.k);
}

// The queries whose lists ran over.
void answer_on_host(const at::Tensor& overfull, const at::Tensor& queries, const at::Tensor& bank,
                    int64_t first, Neighbours& out) {
  const at::Tensor lost = overfull.to(at::kCPU).nonzero().flatten();
  if (lost.numel() == 0) return;
  const at::Tensor host_bank = bank.to(at::kCPU);
  for (int64_t i = 0; i < lost.numel(); ++i) {
    const int64_t at = lost.const_data_ptr<int64_t>()[i];
    const Neighbours one = nearest(queries.narrow(0, at, 1).to(at::kCPU), host_bank, out.k);
    std::copy(one.index.begin(), one.index.end(), out.index.begin() + (first + at) * out.k);
    std::copy(one.similarity.begin(), one.similarity.end(),
              out.similarity.begin() + (first + at) * out.k);
  }
}

void search_block(const KernelCall& call, const at::Tensor& queries, const at::Tensor& bank,
                  int64_t columns, int64_t first, Neighbours& out) {
  const Lists lists(queries.size(0), out.k, queries);
  ShortlistArguments a = lists.arguments();
  a.margin = product_margin(bank.size(1));
  a.query_rows = queries.const_data_ptr<float>();
  a.bank = bank.const_data_ptr<float>();
  a.dimension = bank.size(1);
  for (int64_t row = 0; row < bank.size(0); row += columns) {
    a.columns = std::min(columns, bank.size(0) - row);
    a.first_row = row;
    const at::Tensor products = at::mm(queries, bank.narrow(0, row, a.columns).t()).contiguous();
    a.products = products.const_data_ptr<float>();
    call.check(launch_shortlist(a, call.stream()));
  }
  call.check(launch_decision(a, call.stream()));
  put(lists.index, lists.similarity, first, out);
  answer_on_host(lists.overfull, queries, bank, first, out);
}

}  // namespace
}  // namespace device_neighbours

Neighbours nearest_on_device(const at::Tensor& queries, const at::Tensor& bank, int64_t k,
                             int64_t columns) {
  const KernelCall call(bank, "nearest neighbours");
  call.expect(bank, at::kFloat, "the bank");
  call.expect(queries, at::kFloat, "the queries");
  require(k >= 1 && k <= bank.size(0) && k <= kMostDeviceNeighbours,
          "k = {} but the bank holds {} features, and {} is the most on a GPU", k, bank.size(0),
          kMostDeviceNeighbours);
  require(queries.size(1) == bank.size(1) && bank.size(0) < (int64_t{1} << 31) && columns > 0,
          "queries have {} dimensions and the bank {} x {}", queries.size(1), bank.size(0),
          bank.size(1));
  const at::NoTF32Guard exact;
  Neighbours out{queries.size(0), k, {}, {}};
  out.index.resize(static_cast<size_t>(out.queries * k));
  out.similarity.resize(static_cast<size_t>(out.queries * k));
  for (int64_t first = 0; first < out.queries; first += device_neighbours::kQueryBlock) {
    const int64_t count = std::min(device_neighbours::kQueryBlock, out.queries - first);
    device_neighbours::search_block(call, queries.narrow(0, first, count), bank, columns, first,
                                    out);
  }
  return out;
}

}  // namespace dinobench
