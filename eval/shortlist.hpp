// The rows that may still be among the k nearest of one query, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace dinobench {

class Shortlist {
 public:
  /// query [dimension] and bank [N, dimension] must outlive it.
  Shortlist(int64_t k, const float* query, const float* bank, int64_t dimension);

  /// True once tighten() is due.
  bool offer(float value, int64_t row) {
    values_[kept_] = value;
    rows_[kept_] = static_cast<int32_t>(row);
    return ++kept_ >= values_.size();
  }

  /// Drops what cannot be among the k: |value + offset - cosine()| <= error for every row that was
  /// offered. Too many that cannot be told apart are put in order by cosine(), which leaves k.
  /// Returns a bound: a row whose cosine() is less is not among the k.
  double tighten(double offset, double error);

  /// The k nearest by descending cosine(), ties by lower index. An Error if there were fewer.
  void finish(int64_t* index, float* similarity);

 private:
  struct Scored {
    float similarity;
    int32_t row;
  };
  float about_kth() const;
  void drop(float least);
  void set_room();
  void settle();

  size_t k_, kept_ = 0;  // kept_: candidates in the front of values_ and rows_
  const float* query_;
  const float* bank_;
  int64_t dimension_;
  double least_ = -std::numeric_limits<double>::infinity();
  std::vector<float> values_;
  std::vector<int32_t> rows_;
  std::vector<Scored> settled_;  // at most k, best first
};

}  // namespace dinobench
