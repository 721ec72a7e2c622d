// Pairs by seed, differences by item, one correction for all.
#include "tools/table_compare.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/error.hpp"
#include "eval/items.hpp"
#include "eval/paired_test.hpp"

namespace dinobench {
namespace table_compare {
namespace {

constexpr double kSignificant = 0.05, kHighly = 0.01;
constexpr double kTexture = 1e-9;  // differences below it are rounding, not answers

using Differences = std::map<std::string, std::pair<double, int64_t>>;  // item -> sum, seeds

struct Pair {
  const EvaluationRecord *ours, *theirs;
};

const EvaluationRecord* with_metric(const NamedRecord& named, const TableColumn& column) {
  const EvaluationRecord* evaluation = completed_evaluation(named.record, column.evaluation);
  return evaluation != nullptr && evaluation->metrics.contains(column.metric) ? evaluation
                                                                              : nullptr;
}

std::vector<Pair> pairs_by_seed(const TableLine& ours, const TableLine& theirs,
                                const TableColumn& column) {
  std::map<std::string, const EvaluationRecord*> by_seed;
  for (const NamedRecord* record : theirs.records)
    if (const auto* evaluation = with_metric(*record, column))
      by_seed[record->record.text("seed")] = evaluation;
  std::vector<Pair> pairs;
  for (const NamedRecord* record : ours.records) {
    const auto other = by_seed.find(record->record.text("seed"));
    const EvaluationRecord* evaluation = with_metric(*record, column);
    if (evaluation != nullptr && other != by_seed.end())
      pairs.push_back({evaluation, other->second});
  }
  return pairs;
}

std::map<std::string, double> items_of(const EvaluationRecord& record, const TableColumn& column) {
  if (!ItemScorers::has(column.evaluation)) return {};
  const auto scores = ItemScorers::find(column.evaluation).scores(record, column.metric);
  std::map<std::string, double> out;
  for (size_t i = 0; scores && i < scores->ids.size(); ++i)
    require(out.emplace(scores->ids[i], scores->values[i]).second,
            "{}/{}: item '{}' has two answers", column.evaluation, column.metric, scores->ids[i]);
  return out;
}

// Adds a pair's differences; false if the two were not asked about the same items.
bool add_items(const Pair& pair, const TableColumn& column, Differences& sums) {
  const std::string data = text_of(*pair.ours, "dataset_fingerprint");
  if (data != text_of(*pair.theirs, "dataset_fingerprint")) return false;
  const auto ours = items_of(*pair.ours, column), theirs = items_of(*pair.theirs, column);
  if (ours.empty() || ours.size() != theirs.size()) return false;
  for (auto a = ours.begin(), b = theirs.begin(); a != ours.end(); ++a, ++b) {
    if (a->first != b->first) return false;
    auto& [sum, seeds] = sums[data + '/' + a->first];
    sum += a->second - b->second;
    ++seeds;
  }
  return true;
}

std::vector<double> item_differences(const std::vector<Pair>& pairs, const TableColumn& column) {
  Differences sums;
  for (const Pair& pair : pairs)
    if (!add_items(pair, column, sums)) return {};
  std::vector<double> out;
  for (const auto& [item, entry] : sums) {
    const double mean = entry.first / static_cast<double>(entry.second);
    out.push_back(std::abs(mean) < kTexture ? 0 : mean);
  }
  return out;
}

std::optional<TableComparison> compared(const TableLine& ours, const TableLine& theirs,
                                        const TableColumn& column) {
  const std::vector<Pair> pairs = pairs_by_seed(ours, theirs, column);
  std::vector<double> differences = item_differences(pairs, column);
  const bool over_items = !differences.empty();
  if (!over_items)
    for (const Pair& pair : pairs)
      differences.push_back(pair.ours->metrics.at(column.metric).value -
                            pair.theirs->metrics.at(column.metric).value);
  if (!over_items && differences.size() < 2) return {};
  TableComparison out;
  out.pairs = static_cast<int64_t>(differences.size());
  out.difference = std::accumulate(differences.begin(), differences.end(), 0.0) /
                   static_cast<double>(differences.size());
  out.p = sign_flip_p(differences);
  out.over_items = over_items;
  return out;
}

const TableLine& reference_line(const Table& table, const std::string& against) {
  std::vector<std::string> names;
  for (const TableLine& line : table.lines) {
    if (line_name(line) == against) {
      require(!line.records.empty(), "--against {}: no record fits this row", against);
      return line;
    }
    names.push_back(line_name(line));
  }
  const std::string near = nearest_name(against, names);
  fail("--against {}: no such row{}; rows: {}", against,
       near.empty() ? "" : ", did you mean '" + near + "'?", fmt::join(names, ", "));
}

std::vector<TableComparison*> all_comparisons(Table& table) {
  std::vector<TableComparison*> out;
  for (TableLine& line : table.lines)
    for (TableCell& cell : line.cells)
      if (cell.comparison) out.push_back(&*cell.comparison);
  return out;
}

void correct(const std::vector<TableComparison*>& comparisons) {
  std::vector<double> p_values;
  for (const TableComparison* one : comparisons) p_values.push_back(one->p);
  const std::vector<double> adjusted = holm(p_values);
  for (size_t i = 0; i < adjusted.size(); ++i) comparisons[i]->p_holm = adjusted[i];
}

void note(const std::vector<TableComparison*>& comparisons, const std::string& against,
          Table& table) {
  const auto over_items = std::count_if(comparisons.begin(), comparisons.end(),
                                        [](const auto* one) { return one->over_items; });
  table.notes.push_back(fmt::format(
      "compared with {}: * p < {}, ** p < {}. Two-sided paired sign-flip tests, Holm-corrected "
      "over "
      "the {} tests of this table: {} over images, queries or objects (differences averaged over "
      "the seeds that both rows have), {} over seeds",
      against, kSignificant, kHighly, comparisons.size(), over_items,
      static_cast<int64_t>(comparisons.size()) - over_items));
}

}  // namespace
}  // namespace table_compare

void compare_lines(Table& table, const std::string& against) {
  const TableLine& theirs = table_compare::reference_line(table, against);
  for (TableLine& line : table.lines)
    for (size_t i = 0; i < line.cells.size() && &line != &theirs; ++i)
      line.cells[i].comparison = table_compare::compared(line, theirs, table.columns[i]);
  const auto comparisons = table_compare::all_comparisons(table);
  table_compare::correct(comparisons);
  table_compare::note(comparisons, against, table);
}

std::string significance(const TableCell& cell) {
  if (!cell.comparison) return "";
  if (cell.comparison->p_holm < table_compare::kHighly) return "**";
  return cell.comparison->p_holm < table_compare::kSignificant ? "*" : "";
}

}  // namespace dinobench
