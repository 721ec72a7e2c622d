// Rows, columns and cells from records.
#include "tools/table_build.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"
#include "tools/table_groups.hpp"
#include "tools/table_published.hpp"

namespace dinobench {
namespace table_build {
namespace {

TableMembers completed(const std::vector<NamedRecord>& records, Table& table) {
  TableMembers out;
  for (const NamedRecord& record : records) {
    const std::string status = record.record.text("status");
    if (status == "completed") {
      out.push_back(&record);
      continue;
    }
    const std::string error = record.record.text("error");
    table.notes.push_back(fmt::format("left out: {} is {}{}", record.file, status,
                                      error.empty() ? "" : " (" + error + ")"));
  }
  require(!out.empty(), "none of the {} records is complete", records.size());
  return out;
}

std::vector<TableColumn> all_columns(const TableMembers& members) {
  const auto before = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : natural_less(a.second, b.second);
  };
  std::set<std::pair<std::string, std::string>, decltype(before)> found(before);
  for (const NamedRecord* member : members)
    for (const auto& [name, evaluation] : member->record.eval)
      if (completed_evaluation(member->record, name) != nullptr)
        for (const auto& [metric, value] : evaluation.metrics) found.emplace(name, metric);
  std::vector<TableColumn> columns;
  for (const auto& [evaluation, metric] : found)
    columns.push_back({evaluation + " " + metric, evaluation, metric});
  return columns;
}

// The one protocol of an evaluation among all records that a table shows.
void note_protocol(const std::string& evaluation, const TableMembers& members, Table& table) {
  std::map<std::string, std::string> files;  // protocol -> first file
  std::set<int64_t> counts;
  std::set<std::string> sets;
  for (const NamedRecord* member : members) {
    const EvaluationRecord* record = completed_evaluation(member->record, evaluation);
    if (record == nullptr) continue;
    files.emplace(text_of(*record, "protocol"), member->file);
    for (const auto& [name, metric] : record->metrics) counts.insert(metric.n);
    sets.insert(text_of(*record, "dataset_fingerprint"));
  }
  if (files.empty()) return;
  require(files.size() == 1, "{} has two protocols, which no column may mix: {} in {}, {} in {}",
          evaluation, files.begin()->first, files.begin()->second, files.rbegin()->first,
          files.rbegin()->second);
  const std::string count = counts.empty() ? "0"
                            : counts.size() == 1
                                ? fmt::format("{}", *counts.begin())
                                : fmt::format("{} to {}", *counts.begin(), *counts.rbegin());
  table.notes.push_back(
      fmt::format("{}: protocol {}, n = {}", evaluation, files.begin()->first, count));
  if (sets.size() > 1)
    table.notes.push_back(
        fmt::format("{}: the records come from {} different data sets", evaluation, sets.size()));
}

// What a run took, as columns of an evaluation that records do not have.
constexpr const char* kRun = "run";

double cost_of(const RunRecord& record, const std::string& name) {
  if (name == "hours") return record.number("seconds") / 3600;
  require(name == "memory_gib", "column run/{}: known are run/hours and run/memory_gib", name);
  const double gpu = record.number("peak_gpu_bytes");
  return (gpu > 0 ? gpu : record.number("peak_rss_bytes")) / (1 << 30);
}

/// One value a seed: the hours of its records together, the memory of the largest.
TableCell run_cell(const TableGroup& group, const std::string& name) {
  std::map<std::string, double> seeds;
  for (const NamedRecord* member : group.members) {
    double& value = seeds[member->record.text("seed")];
    const double own = cost_of(member->record, name);
    value = name == "hours" || std::isnan(own) ? value + own : std::max(value, own);
  }
  TableCell cell;
  for (const auto& [seed, value] : seeds)
    if (!std::isnan(value)) cell.values.push_back(value);
  return cell;
}

TableCell cell_of(const TableGroup& group, const TableColumn& column) {
  if (column.evaluation == kRun) return run_cell(group, column.metric);
  TableCell cell;
  std::map<std::string, std::string> seeds;  // seed -> file
  for (const NamedRecord* member : group.members) {
    const EvaluationRecord* evaluation = completed_evaluation(member->record, column.evaluation);
    if (evaluation == nullptr) continue;
    const auto [at, fresh] = seeds.emplace(member->record.text("seed"), member->file);
    require(fresh, "{} and {} are both seed {} of row '{}', and both hold {}", at->second,
            member->file, at->first, fmt::join(group.labels, " "), column.evaluation);
    const auto metric = evaluation->metrics.find(column.metric);
    if (metric != evaluation->metrics.end()) cell.values.push_back(metric->second.value);
  }
  return cell;
}

// The evaluations of one seed may lie in several records.
TableLine line_of(const TableGroup& group, const std::vector<TableColumn>& columns) {
  TableLine line;
  line.labels = group.labels;
  line.records = group.members;
  line.state = group.state;
  std::set<std::string> seeds;
  for (const NamedRecord* member : group.members) seeds.insert(member->record.text("seed"));
  line.seeds = static_cast<int64_t>(seeds.size());
  for (const TableColumn& column : columns) line.cells.push_back(cell_of(group, column));
  return line;
}

}  // namespace
}  // namespace table_build

Table build_table(const TableLayout& layout, const std::vector<NamedRecord>& records) {
  Table table{layout.title, layout.group, layout.columns, {}, {}};
  if (!layout.rows.empty()) table.label_titles = {""};
  const TableMembers members = table_build::completed(records, table);
  if (table.columns.empty()) table.columns = table_build::all_columns(members);
  require(!table.columns.empty(), "the records hold no metrics");
  const auto groups = layout.rows.empty() ? groups_by_fields(layout.group, members)
                                          : groups_by_rows(layout.rows, members, table);
  for (const auto& group : groups)
    table.lines.push_back(table_build::line_of(group, table.columns));
  add_published(layout, table);
  std::set<std::string> evaluations;
  for (const TableColumn& column : table.columns) evaluations.insert(column.evaluation);
  for (const std::string& name : evaluations) table_build::note_protocol(name, members, table);
  return table;
}

}  // namespace dinobench
