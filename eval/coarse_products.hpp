// Products of one block of queries with a bank in rounded arithmetic, and how far each may be off:
// the first pass of k-NN and of rankings, whose answers cosine() decides.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace dinobench {

/// What rows are rounded to: eight bits of each value's own scale, or of its row's.
enum class Coarse { bf16, int8 };

/// A mean of some rows [N, D], float32. Rows less a centre round to less; any centre is right.
std::vector<float> centre_of(const at::Tensor& rows);

/// Not for several threads at once; one object for each block of queries.
class CoarseProducts {
 public:
  static constexpr int64_t kPanel = 32;  // rows of the bank at a time

  struct Hit {
    int32_t query, row;  // row: of the panel
    float value;         // about the cosine less offset(query)
  };

  /// Whether form() has the instructions.
  static bool available();
  /// Queries of a block whose rounded rows stay in the second level of cache.
  static int64_t block_of(Coarse kind, int64_t dimension);

  /// queries: float32 [count, dimension]; centre: [dimension].
  CoarseProducts(Coarse kind, const float* queries, int64_t count, int64_t dimension,
                 std::vector<float> centre);

  /// Rows [count, dimension] of the bank, at most kPanel. The errors may grow by it.
  void load(const float* rows, int64_t count);

  /// Every pair of a query and a loaded row that may reach the query's least. Valid until the next.
  std::span<const Hit> scan();

  /// From now on only rows whose cosine() may be `least` or more count for this query. The least of
  /// a query never falls; it is minus infinity at first.
  void keep_from(int64_t query, double least);

  double offset(int64_t query) const { return queries_[static_cast<size_t>(query)].offset; }
  /// For all rows loaded up to now: |value + offset(query) - cosine()| <= error(query).
  double error(int64_t query) const;

 private:
  struct Query {
    double offset = 0, norm = 0, residual = 0;  // of the row less the centre, and of its rounding
    double least = 0;
  };

  void round_queries(const float* rows);
  void set_threshold(size_t query);

  Coarse kind_;
  int64_t count_, dimension_, depth_, tiles_;  // depth: words of four bytes a row
  std::vector<float> centre_;
  double centre_norm_ = 0, bank_norm_ = 0, bank_residual_ = 0;  // the largest of all loaded rows
  std::vector<Query> queries_;
  at::Tensor packed_, panel_,
      lines_;  // int32 words: of the queries, of the rows, before transposing
  std::vector<float> thresholds_, scales_, row_constants_, row_scales_;
  std::vector<int32_t> corrections_;
  int64_t loaded_ = 0;
  std::vector<Hit> hits_;
};

}  // namespace dinobench
