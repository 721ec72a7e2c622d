// Products of bfloat16 in blocks, lists on the device, one answer copied to the host a block of
// queries.
#include "eval/device_neighbours.hpp"

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "backbones/kernel_call.hpp"
#include "core/error.hpp"
#include "eval/nearest_kernel.hpp"

namespace dinobench {
namespace device_neighbours {
namespace {

constexpr int64_t kQueryBlock = 1024;

// Twice the error that a product of unit rows can have, and a tenth to spare. In float32 the error
// is that of the sum; of operands rounded to bfloat16 what the rounding took from either comes on
// top, and tensor cores add up less carefully.
float product_margin(int64_t dimension) {
  return static_cast<float>(2.2 * static_cast<double>(dimension + 2) * std::ldexp(1.0, -24));
}
float coarse_margin(int64_t dimension, double taken) {
  return static_cast<float>(2.2 *
                            (taken + static_cast<double>(dimension + 2) * std::ldexp(1.0, -22)));
}

/// Unit rows rounded to bfloat16, and the largest norm of what that took from a row.
struct Rounded {
  at::Tensor rows;
  double taken = 0;

  explicit Rounded(const at::Tensor& exact) : rows(exact.to(at::kBFloat16)) {
    constexpr int64_t kRows = 65536;
    at::Tensor most = at::zeros({}, exact.options());
    for (int64_t first = 0; first < exact.size(0); first += kRows) {
      const int64_t count = std::min(kRows, exact.size(0) - first);
      const at::Tensor lost =
          exact.narrow(0, first, count) - rows.narrow(0, first, count).to(at::kFloat);
      most = at::maximum(most, at::linalg_vector_norm(lost, 2, at::IntArrayRef{1}).max());
    }
    taken = 1.001 * most.item<double>();
  }
};

/// a b^T in float32. Only CUDA multiplies bfloat16 into it.
at::Tensor products_of(const at::Tensor& a, const at::Tensor& b) {
  if (a.scalar_type() == at::kFloat) return at::mm(a, b.t());
  if (a.is_cuda()) return at::mm(a, b.t(), at::kFloat);
  return at::mm(a.to(at::kFloat), b.to(at::kFloat).t());
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

/// What a search works on: the operands of the products, and the rows that decide.
struct Task {
  const KernelCall& call;
  at::Tensor queries, bank;                // float32
  at::Tensor query_operand, bank_operand;  // the same, or rounded
  float margin;
  int64_t columns;
};

Lists search(const Task& task, int64_t k) {
  Lists lists(task.queries.size(0), k, task.queries);
  ShortlistArguments a = lists.arguments();
  a.margin = task.margin;
  a.query_rows = task.queries.const_data_ptr<float>();
  a.bank = task.bank.const_data_ptr<float>();
  a.dimension = task.bank.size(1);
  for (int64_t row = 0; row < task.bank.size(0); row += task.columns) {
    a.columns = std::min(task.columns, task.bank.size(0) - row);
    a.first_row = row;
    const at::Tensor products =
        products_of(task.query_operand, task.bank_operand.narrow(0, row, a.columns)).contiguous();
    a.products = products.const_data_ptr<float>();
    task.call.check(launch_shortlist(a, task.call.stream()));
  }
  task.call.check(launch_decision(a, task.call.stream()));
  return lists;
}

/// Copies the answers to their places; returns those of the queries whose lists ran over.
std::vector<int64_t> put(const Lists& lists, const std::vector<int64_t>& places, Neighbours& out) {
  const at::Tensor index = lists.index.to(at::kCPU), similarity = lists.similarity.to(at::kCPU),
                   overfull = lists.overfull.to(at::kCPU);
  std::vector<int64_t> lost;
  for (size_t i = 0; i < places.size(); ++i) {
    const int64_t from = static_cast<int64_t>(i) * out.k, to = places[i] * out.k;
    std::copy_n(index.const_data_ptr<int64_t>() + from, out.k, out.index.data() + to);
    std::copy_n(similarity.const_data_ptr<float>() + from, out.k, out.similarity.data() + to);
    if (overfull.const_data_ptr<uint8_t>()[i] != 0) lost.push_back(places[i]);
  }
  return lost;
}

void answer_on_host(const std::vector<int64_t>& places, const at::Tensor& queries,
                    const at::Tensor& bank, Neighbours& out) {
  const at::Tensor host_bank = bank.to(at::kCPU);
  for (const int64_t place : places) {
    const Neighbours one = nearest(queries.narrow(0, place, 1).to(at::kCPU), host_bank, out.k);
    std::copy(one.index.begin(), one.index.end(), out.index.begin() + place * out.k);
    std::copy(one.similarity.begin(), one.similarity.end(), out.similarity.begin() + place * out.k);
  }
}

/// By rounded operands; where too many rows are within their error by float32, then on the host.
void search_block(const KernelCall& call, const at::Tensor& queries, const at::Tensor& bank,
                  const Rounded& rounded, int64_t columns, int64_t first, int64_t count,
                  Neighbours& out) {
  const at::Tensor own = queries.narrow(0, first, count);
  const Rounded mine(own);
  const double taken = mine.taken + rounded.taken * (1 + mine.taken);
  std::vector<int64_t> places(static_cast<size_t>(count));
  std::iota(places.begin(), places.end(), first);
  const Task coarse{call,   own, bank, mine.rows, rounded.rows, coarse_margin(bank.size(1), taken),
                    columns};
  places = put(search(coarse, out.k), places, out);
  if (places.empty()) return;
  const at::Tensor some =
      queries.index_select(0, at::tensor(places, at::kLong).to(queries.device()));
  const Task fine{call, some, bank, some, bank, product_margin(bank.size(1)), columns};
  places = put(search(fine, out.k), places, out);
  if (!places.empty()) answer_on_host(places, queries, bank, out);
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
  const device_neighbours::Rounded rounded(bank);
  Neighbours out{queries.size(0), k, {}, {}};
  out.index.resize(static_cast<size_t>(out.queries * k));
  out.similarity.resize(static_cast<size_t>(out.queries * k));
  for (int64_t first = 0; first < out.queries; first += device_neighbours::kQueryBlock) {
    const int64_t count = std::min(device_neighbours::kQueryBlock, out.queries - first);
    device_neighbours::search_block(call, queries, bank, rounded, columns, first, count, out);
  }
  return out;
}

}  // namespace dinobench
