// Rows, columns and cells from records.
#include "tools/table_build.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/error.hpp"

namespace dinobench {
namespace table_build {
namespace {

using Members = std::vector<const NamedRecord*>;

std::string field(const RunRecord& record, const std::string& name) {
  if (record.attributes.contains(name)) return record.text(name);
  const auto option = record.options.find(name);
  return option == record.options.end() ? "" : option->second;
}

std::string text_of(const EvaluationRecord& evaluation, const std::string& name) {
  const auto at = evaluation.attributes.find(name);
  const auto* text =
      at == evaluation.attributes.end() ? nullptr : std::get_if<std::string>(&at->second);
  return text == nullptr ? "" : *text;
}

// The evaluation of a column in a record, if it completed.
const EvaluationRecord* evaluation_of(const NamedRecord& record, const std::string& name) {
  const auto at = record.record.eval.find(name);
  const bool usable =
      at != record.record.eval.end() && text_of(at->second, "status") == "completed";
  return usable ? &at->second : nullptr;
}

Members completed(const std::vector<NamedRecord>& records, Table& table) {
  Members out;
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

std::vector<TableColumn> all_columns(const Members& members) {
  const auto before = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : natural_less(a.second, b.second);
  };
  std::set<std::pair<std::string, std::string>, decltype(before)> found(before);
  for (const NamedRecord* member : members)
    for (const auto& [name, evaluation] : member->record.eval)
      if (evaluation_of(*member, name) != nullptr)
        for (const auto& [metric, value] : evaluation.metrics) found.emplace(name, metric);
  std::vector<TableColumn> columns;
  for (const auto& [evaluation, metric] : found)
    columns.push_back({evaluation + " " + metric, evaluation, metric});
  return columns;
}

// The one protocol of an evaluation among all records that a table shows.
void note_protocol(const std::string& evaluation, const Members& members, Table& table) {
  std::map<std::string, std::string> files;  // protocol -> first file
  std::set<int64_t> counts;
  std::set<std::string> sets;
  for (const NamedRecord* member : members) {
    const EvaluationRecord* record = evaluation_of(*member, evaluation);
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

bool fits(const RunRecord& record, const TableRow& row) {
  return std::all_of(row.query.begin(), row.query.end(), [&](const auto& condition) {
    return field(record, condition.first) == condition.second;
  });
}

struct Group {
  std::vector<std::string> labels;
  Members members;
};

std::vector<Group> groups_by_fields(const std::vector<std::string>& fields,
                                    const Members& members) {
  std::map<std::vector<std::string>, Members> found;
  for (const NamedRecord* member : members) {
    std::vector<std::string> labels;
    for (const std::string& name : fields) labels.push_back(field(member->record, name));
    found[labels].push_back(member);
  }
  std::vector<Group> groups;
  for (auto& [labels, of] : found) groups.push_back({labels, std::move(of)});
  return groups;
}

std::vector<Group> groups_by_rows(const std::vector<TableRow>& rows, const Members& members,
                                  Table& table) {
  std::vector<Group> groups;
  for (const TableRow& row : rows) groups.push_back({{row.title}, {}});
  for (const NamedRecord* member : members) {
    const auto at = std::find_if(rows.begin(), rows.end(),
                                 [&](const auto& row) { return fits(member->record, row); });
    if (at == rows.end())
      table.notes.push_back(fmt::format("left out: {} fits no row", member->file));
    else
      groups[static_cast<size_t>(at - rows.begin())].members.push_back(member);
  }
  return groups;
}

TableLine line_of(const Group& group, const std::vector<TableColumn>& columns) {
  TableLine line{group.labels, static_cast<int64_t>(group.members.size()), {}};
  std::map<std::string, std::string> seeds;  // seed -> file
  for (const NamedRecord* member : group.members) {
    const auto [at, fresh] = seeds.emplace(member->record.text("seed"), member->file);
    require(fresh, "{} and {} are both seed {} of row '{}'", at->second, member->file, at->first,
            fmt::join(group.labels, " "));
  }
  for (const TableColumn& column : columns) {
    TableCell cell;
    for (const NamedRecord* member : group.members) {
      const EvaluationRecord* evaluation = evaluation_of(*member, column.evaluation);
      if (evaluation == nullptr) continue;
      const auto metric = evaluation->metrics.find(column.metric);
      if (metric != evaluation->metrics.end()) cell.values.push_back(metric->second.value);
    }
    line.cells.push_back(std::move(cell));
  }
  return line;
}

}  // namespace
}  // namespace table_build

double TableCell::mean() const {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double TableCell::deviation() const {
  if (values.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  double squares = 0;
  for (const double value : values) squares += (value - mean()) * (value - mean());
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

bool natural_less(const std::string& a, const std::string& b) {
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      size_t used_a = 0, used_b = 0;
      const double x = std::stod(a.substr(i), &used_a), y = std::stod(b.substr(j), &used_b);
      if (x != y) return x < y;
      i += used_a, j += used_b;
      continue;
    }
    if (a[i] != b[j]) return a[i] < b[j];
    ++i, ++j;
  }
  return a.size() - i < b.size() - j;
}

Table build_table(const TableLayout& layout, const std::vector<NamedRecord>& records) {
  Table table{layout.title, layout.group, layout.columns, {}, {}};
  if (!layout.rows.empty()) table.label_titles = {""};
  const table_build::Members members = table_build::completed(records, table);
  if (table.columns.empty()) table.columns = table_build::all_columns(members);
  require(!table.columns.empty(), "the records hold no metrics");
  const auto groups = layout.rows.empty()
                          ? table_build::groups_by_fields(layout.group, members)
                          : table_build::groups_by_rows(layout.rows, members, table);
  for (const auto& group : groups)
    table.lines.push_back(table_build::line_of(group, table.columns));
  std::set<std::string> evaluations;
  for (const TableColumn& column : table.columns) evaluations.insert(column.evaluation);
  for (const std::string& name : evaluations) table_build::note_protocol(name, members, table);
  return table;
}

}  // namespace dinobench
