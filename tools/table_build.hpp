// From records to a table of means over seeds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/run_record.hpp"
#include "tools/table_layout.hpp"

namespace dinobench {

struct NamedRecord {
  std::string file;
  RunRecord record;
};

/// What a paired comparison with the same column of another row said (tools/table_compare.hpp).
struct TableComparison {
  double difference = 0;  // ours minus the other row's, mean over the pairs
  double p = 1, p_holm = 1;
  int64_t pairs = 0;
  bool over_items = false;  // pairs are images, queries or objects; else seeds
};

/// One value a seed.
struct TableCell {
  std::vector<double> values;
  std::string published = {};  // a figure of the literature, as printed; "" if there is none
  std::string source = {};     // of that figure
  std::optional<TableComparison> comparison = {};
  double mean() const;       ///< NaN without values
  double deviation() const;  ///< sample standard deviation; NaN for fewer than two
};

struct TableLine {
  std::vector<std::string> labels;
  int64_t seeds = 0;
  std::vector<TableCell> cells;
  std::vector<const NamedRecord*> records;  // of the list that the table was built from
  enum class State { measured, missing, published_only } state = State::measured;
};

struct Table {
  std::string title;
  std::vector<std::string> label_titles;
  std::vector<TableColumn> columns;
  std::vector<TableLine> lines;
  std::vector<std::string> notes;  // protocols, counts, records left out
};

/// Rows that no record fits are there too. Input Errors: two protocols in one column, two records
/// of the same row and seed, nothing to show. Records and evaluations that did not complete are
/// left out and noted. `records` must outlive the table.
Table build_table(const TableLayout& layout, const std::vector<NamedRecord>& records);

/// The evaluation of that name in a record if it completed, else null.
const EvaluationRecord* completed_evaluation(const RunRecord& record, const std::string& name);

/// A text attribute of an evaluation, "" if there is none.
std::string text_of(const EvaluationRecord& evaluation, const std::string& name);

/// "dino/vit_small": the labels of a line as published figures and --against name it.
std::string line_name(const TableLine& line);

/// "k20_top1" before "k100_top1": numbers inside names compare as numbers.
bool natural_less(const std::string& a, const std::string& b);

}  // namespace dinobench
