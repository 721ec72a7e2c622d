// From records to a table of means over seeds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/run_record.hpp"
#include "tools/table_layout.hpp"

namespace dinobench {

struct NamedRecord {
  std::string file;
  RunRecord record;
};

/// One value a seed.
struct TableCell {
  std::vector<double> values;
  double mean() const;       ///< NaN without values
  double deviation() const;  ///< sample standard deviation; NaN for fewer than two
};

struct TableLine {
  std::vector<std::string> labels;
  int64_t seeds = 0;
  std::vector<TableCell> cells;
};

struct Table {
  std::string title;
  std::vector<std::string> label_titles;
  std::vector<TableColumn> columns;
  std::vector<TableLine> lines;
  std::vector<std::string> notes;  // protocols, counts, records left out
};

/// Input Errors: two protocols in one column, two records of the same row and seed, nothing to
/// show. Records and evaluations that did not complete are left out and noted.
Table build_table(const TableLayout& layout, const std::vector<NamedRecord>& records);

/// "k20_top1" before "k100_top1": numbers inside names compare as numbers.
bool natural_less(const std::string& a, const std::string& b);

}  // namespace dinobench
