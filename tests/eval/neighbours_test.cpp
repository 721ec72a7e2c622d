// k nearest neighbours: golden vectors, the plain twin, ties and hard cases.
#include "eval/neighbours.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <numeric>

#include "core/form.hpp"
#include "tests/backbones/portable_fill.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace neighbours_test {

// The slow way: every similarity, all sorted.
Neighbours plain_nearest(const at::Tensor& queries, const at::Tensor& bank, int64_t k) {
  const int64_t dimension = bank.size(1);
  const auto row = [&](const at::Tensor& t, int64_t i) {
    return t.const_data_ptr<float>() + i * dimension;
  };
  Neighbours out{queries.size(0), k, {}, {}};
  for (int64_t q = 0; q < out.queries; ++q) {
    std::vector<float> similarity;
    for (int64_t i = 0; i < bank.size(0); ++i)
      similarity.push_back(cosine(row(queries, q), row(bank, i), dimension));
    std::vector<int64_t> order(similarity.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      return similarity[static_cast<size_t>(a)] > similarity[static_cast<size_t>(b)];
    });
    for (int64_t i = 0; i < k; ++i) {
      out.index.push_back(order[static_cast<size_t>(i)]);
      out.similarity.push_back(similarity[static_cast<size_t>(out.index.back())]);
    }
  }
  return out;
}

// In every form, and by the reference's arithmetic.
void require_same(const at::Tensor& queries, const at::Tensor& bank, int64_t k) {
  const Neighbours slow = plain_nearest(queries, bank, k);
  for (const Form form : available_forms())
    for (const bool reference : {false, true}) {
      const FormScope scope(form, reference);
      const Neighbours fast = nearest(queries, bank, k);
      INFO(name_of(form));
      REQUIRE(fast.index == slow.index);
      REQUIRE(fast.similarity == slow.similarity);
    }
}

at::Tensor rows(uint32_t stream, at::IntArrayRef shape) {
  return unit_rows(portable::values(stream, shape, 1.0).to(at::kFloat));
}

int64_t argmax7(const at::Tensor& unit, int64_t row) {
  return unit[row].narrow(0, 0, 7).argmax().item<int64_t>();
}

TEST_CASE("weighted k-NN of the golden vectors A.7", "[knn]") {
  const at::Tensor train = rows(5000, {500, 8}), test = rows(5001, {200, 8});
  std::vector<int64_t> train_labels, test_labels;
  for (int64_t i = 0; i < 500; ++i) {
    const auto at = static_cast<uint32_t>(i);
    train_labels.push_back(portable::uniform(5004, at) < 0.7
                               ? argmax7(train, i)
                               : static_cast<int64_t>(7 * portable::uniform(5002, at)));
  }
  for (int64_t i = 0; i < 200; ++i) test_labels.push_back(argmax7(test, i));
  const Neighbours found = nearest(test, train, 100);
  struct Golden {
    int64_t k;
    double top1, top5;
  };
  for (const Golden& golden : {Golden{1, 37.5, 37.5}, Golden{5, 41.0, 87.5}, Golden{20, 44.5, 98.5},
                               Golden{100, 45.0, 99.0}}) {
    const Votes votes = vote(found, train_labels, test_labels, 7, golden.k, 0.07);
    REQUIRE(votes.top1 / 2.0 == golden.top1);
    REQUIRE(votes.top5 / 2.0 == golden.top5);
  }
}

TEST_CASE("the blocked search equals the full sort", "[knn]") {
  require_same(rows(1, {150, 24}), rows(2, {700, 24}), 50);
  require_same(rows(3, {3, 5}), rows(4, {9, 5}), 9);       // the whole bank
  require_same(rows(5, {130, 7}), rows(6, {9000, 7}), 1);  // two blocks of queries, two of the bank
}

TEST_CASE("features that nearly coincide are still put in exact order", "[knn]") {
  // Cosines within a few units in the last place of 1: a float32 product cannot tell them apart.
  const at::Tensor near = portable::values(7, {600, 48}, 1e-4).to(at::kFloat) + 1.0f;
  require_same(unit_rows(near.narrow(0, 0, 40).contiguous()), unit_rows(near), 30);
}

TEST_CASE("no form or dimension changes an answer", "[knn]") {
  for (const int64_t dimension : {1, 2, 15, 17, 31, 32, 33, 100, 384, 771}) {
    const auto stream = static_cast<uint32_t>(20 + dimension);
    const at::Tensor bank = rows(stream, {211, dimension});
    require_same(rows(stream + 1, {29, dimension}), bank, 10);
    require_same(bank.slice(0, 0, 211, 40).contiguous(), bank, 211);  // k = N
    require_same(rows(stream + 2, {1, dimension}), bank.narrow(0, 0, 1), 1);
  }
}

TEST_CASE("thousands of rows that no product tells apart are put in order", "[knn]") {
  const at::Tensor one = rows(11, {1, 40});
  require_same(rows(12, {3, 40}), one.expand({9000, 40}).contiguous(), 5);
  // Copies of 30 rows: more equals than a shortlist keeps, among others.
  const at::Tensor few = rows(13, {30, 40});
  const at::Tensor bank = at::cat({few.repeat({400, 1}), rows(14, {333, 40})});
  require_same(rows(15, {4, 40}), bank, 700);
  require_same(few.narrow(0, 0, 4), bank, 40);
}

TEST_CASE("features of very different sizes are still put in exact order", "[knn]") {
  at::Tensor bank = portable::values(16, {3000, 64}, 1.0);
  bank.select(1, 5) += 40;  // one value rules the row
  bank.narrow(0, 100, 50) *= 1e-30;
  require_same(unit_rows(bank.narrow(0, 0, 20).to(at::kFloat)), unit_rows(bank.to(at::kFloat)), 60);
  bank.narrow(0, 1000, 500).fill_(0);
  bank.narrow(0, 1000, 500).select(1, 3).fill_(1);
  require_same(unit_rows(bank.narrow(0, 990, 20).to(at::kFloat)), unit_rows(bank.to(at::kFloat)),
               60);
}

TEST_CASE("the number of threads changes no neighbour", "[knn]") {
  const at::Tensor queries = rows(17, {70, 48}), bank = rows(18, {2000, 48});
  const int threads = at::get_num_threads();
  at::set_num_threads(3);
  const Neighbours three = nearest(queries, bank, 20);
  at::set_num_threads(threads);
  REQUIRE(three.index == nearest(queries, bank, 20).index);
}

TEST_CASE("equal similarities go to the lower index", "[knn]") {
  const at::Tensor one = rows(8, {1, 16});
  const at::Tensor bank = at::cat({rows(9, {5, 16}), one, one, rows(10, {5, 16}), one});
  const Neighbours found = nearest(one, bank, 3);
  REQUIRE(found.index == std::vector<int64_t>{5, 6, 12});
  require_same(at::zeros({2, 16}), bank, 13);  // a zero feature is equally far from all
}

TEST_CASE("rows are divided by their norm, zero rows stay zero", "[knn]") {
  const at::Tensor unit = unit_rows(at::tensor({3.0f, 4.0f, 0.0f, 0.0f}).view({2, 2}));
  REQUIRE(unit[0][0].item<float>() == 0.6f);
  REQUIRE(unit[0][1].item<float>() == 0.8f);
  REQUIRE(unit[1].abs().sum().item<float>() == 0.0f);
  REQUIRE_THROWS_WITH(unit_rows(at::tensor({1.0f, NAN}).view({2, 1})),
                      Catch::Contains("row 1 is not finite"));
}

TEST_CASE("k must not exceed the bank", "[knn]") {
  REQUIRE_THROWS_WITH(nearest(rows(1, {1, 4}), rows(2, {6, 4}), 7),
                      Catch::Contains("k = 7 but the bank holds 6"));
}

TEST_CASE("votes by hand: weights, ties and the first five classes", "[knn]") {
  const double t = 0.5;
  // Neighbours of class 2, 1, 1: exp(1.8) = 6.05 against exp(1.2) + exp(1) = 6.04.
  const Neighbours near{1, 3, {0, 1, 2}, {0.9f, 0.6f, 0.5f}};
  const std::vector<int64_t> labels{2, 1, 1};
  REQUIRE(vote(near, labels, std::vector<int64_t>{2}, 8, 3, t).predictions[0] == 2);
  REQUIRE(vote(near, labels, std::vector<int64_t>{1}, 8, 3, 0.6).predictions[0] == 1);
  // Order at T = 0.5: 2, 1, then classes without votes 0, 3, 4 ...; k = 3 looks at three.
  const auto top5 = [&](int64_t label, int64_t k) {
    return vote(near, labels, std::vector<int64_t>{label}, 8, k, t).top5;
  };
  REQUIRE(top5(1, 3) == 1);
  REQUIRE(top5(0, 3) == 1);
  REQUIRE(top5(3, 3) == 0);
  REQUIRE(top5(1, 1) == 0);
  REQUIRE(top5(2, 1) == 1);
}

}  // namespace neighbours_test
}  // namespace dinobench
