// What differs between two records.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/run_record.hpp"
#include "tools/array_difference.hpp"

namespace dinobench {

/// An option, attribute or metric with both its values; "-" where a side lacks it.
struct FieldChange {
  std::string place, then, now;
  bool circumstance = false;  // host, time, paths, versions: explains, but is no result
};

/// A training series that is not the same to the bit. Steps are -1 where there is none.
struct SeriesParting {
  std::string name;
  int64_t then_steps = 0, now_steps = 0;
  int64_t first_bits = -1;    // first step whose bits differ
  int64_t first_beyond = -1;  // first step that differs by more than rounding
  std::string then, now;      // the values there (at first_beyond, else first_bits)
};

struct ArrayChange {
  std::string place;  // "knn raw/similarities"
  std::string difference;
};

/// An image that is answered in another way.
struct Flip {
  std::string evaluation, what;  // "k20_predictions", "rank", "strong rank"
  std::string image, other;      // path of the image or query; of the image that is ranked, or ""
  std::string truth, then, now;
};

struct RecordDiff {
  std::vector<FieldChange> fields, metrics;
  std::vector<SeriesParting> series;
  std::vector<ArrayChange> arrays;
  std::vector<Flip> flips;
  bool equal() const;  ///< nothing but circumstances differs
};

/// `rtol`: what is rounding in a series, as same_number() takes it. Timings are left out.
RecordDiff diff_records(const RunRecord& then, const RunRecord& now, double rtol);

}  // namespace dinobench
