// Rows, columns and cells from records.
#include "tools/table_build.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/error.hpp"
#include "tools/table_published.hpp"

namespace dinobench {
namespace table_build {
namespace {

using Members = std::vector<const NamedRecord*>;

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
      if (completed_evaluation(member->record, name) != nullptr)
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

struct Group {
  std::vector<std::string> labels;
  Members members;
  TableLine::State state = TableLine::State::measured;
};

std::vector<Group> groups_by_fields(const std::vector<std::string>& fields,
                                    const Members& members) {
  std::map<std::vector<std::string>, Members> found;
  for (const NamedRecord* member : members) {
    std::vector<std::string> labels;
    for (const std::string& name : fields) labels.push_back(record_field(member->record, name));
    found[labels].push_back(member);
  }
  std::vector<Group> groups;
  for (auto& [labels, of] : found)
    groups.push_back({labels, std::move(of), TableLine::State::measured});
  return groups;
}

bool fits_any(const RunRecord& record, const std::vector<RecordQuery>& queries) {
  return std::any_of(queries.begin(), queries.end(),
                     [&](const RecordQuery& query) { return fits(record, query); });
}

// Rows say what was done, not always with which network: the table names those it shows.
void note_networks(const std::vector<Group>& groups, Table& table) {
  std::set<std::string> networks;
  for (const Group& group : groups)
    for (const NamedRecord* member : group.members) {
      const std::string patch = record_field(member->record, "patch_size");
      const bool plain = patch.empty() || patch.starts_with("unused");
      networks.insert(member->record.text("backbone") + (plain ? "" : "/" + patch));
    }
  if (!networks.empty())
    table.notes.push_back(fmt::format("networks: {}", fmt::join(networks, ", ")));
}

std::vector<Group> groups_by_rows(const std::vector<TableRow>& rows, const Members& members,
                                  Table& table) {
  std::vector<Group> groups;
  std::vector<std::string> strangers;
  for (const TableRow& row : rows)
    groups.push_back(
        {{row.title},
         {},
         row.queries.empty() ? TableLine::State::published_only : TableLine::State::missing});
  for (const NamedRecord* member : members) {
    const auto at = std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
      return fits_any(member->record, row.queries);
    });
    if (at == rows.end()) {
      strangers.push_back(member->file);
      continue;
    }
    Group& group = groups[static_cast<size_t>(at - rows.begin())];
    group.members.push_back(member);
    group.state = TableLine::State::measured;
  }
  if (!strangers.empty()) {
    const size_t shown = std::min<size_t>(strangers.size(), 3);
    table.notes.push_back(fmt::format(
        "left out, {} of {} records fit no row: {}{}", strangers.size(), members.size(),
        fmt::join(strangers.begin(), strangers.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
        shown < strangers.size() ? " ..." : ""));
  }
  note_networks(groups, table);
  return groups;
}

TableCell cell_of(const Group& group, const TableColumn& column) {
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
TableLine line_of(const Group& group, const std::vector<TableColumn>& columns) {
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

const EvaluationRecord* completed_evaluation(const RunRecord& record, const std::string& name) {
  const auto at = record.eval.find(name);
  const bool usable = at != record.eval.end() && text_of(at->second, "status") == "completed";
  return usable ? &at->second : nullptr;
}

std::string text_of(const EvaluationRecord& evaluation, const std::string& name) {
  const auto at = evaluation.attributes.find(name);
  const auto* text =
      at == evaluation.attributes.end() ? nullptr : std::get_if<std::string>(&at->second);
  return text == nullptr ? "" : *text;
}

std::string line_name(const TableLine& line) {
  return fmt::format("{}", fmt::join(line.labels, "/"));
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
  add_published(layout, table);
  std::set<std::string> evaluations;
  for (const TableColumn& column : table.columns) evaluations.insert(column.evaluation);
  for (const std::string& name : evaluations) table_build::note_protocol(name, members, table);
  return table;
}

}  // namespace dinobench
