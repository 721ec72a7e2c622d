// Records sorted into rows.
#include "tools/table_groups.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"

namespace dinobench {
namespace table_groups {
namespace {

bool fits_any(const RunRecord& record, const std::vector<RecordQuery>& queries) {
  return std::any_of(queries.begin(), queries.end(),
                     [&](const RecordQuery& query) { return fits(record, query); });
}

// Rows say what was done, not always with which network: the table names those it shows.
void note_networks(const std::vector<TableGroup>& groups, Table& table) {
  std::set<std::string> networks;
  for (const TableGroup& group : groups)
    for (const NamedRecord* member : group.members) {
      const std::string patch = record_field(member->record, "patch_size");
      const bool plain = patch.empty() || patch.starts_with("unused");
      networks.insert(member->record.text("backbone") + (plain ? "" : "/" + patch));
    }
  if (!networks.empty())
    table.notes.push_back(fmt::format("networks: {}", fmt::join(networks, ", ")));
}

void note_strangers(const std::vector<std::string>& files, size_t all, Table& table) {
  const auto shown = static_cast<std::ptrdiff_t>(std::min<size_t>(files.size(), 3));
  table.notes.push_back(fmt::format("left out, {} of {} records fit no row: {}{}", files.size(),
                                    all, fmt::join(files.begin(), files.begin() + shown, ", "),
                                    std::ssize(files) > shown ? " ..." : ""));
}

}  // namespace
}  // namespace table_groups

std::vector<TableGroup> groups_by_fields(const std::vector<std::string>& fields,
                                         const TableMembers& members) {
  std::map<std::vector<std::string>, TableMembers> found;
  for (const NamedRecord* member : members) {
    std::vector<std::string> labels;
    for (const std::string& name : fields) labels.push_back(record_field(member->record, name));
    found[labels].push_back(member);
  }
  std::vector<TableGroup> groups;
  for (auto& [labels, of] : found)
    groups.push_back({labels, std::move(of), TableLine::State::measured});
  return groups;
}

std::vector<TableGroup> groups_by_rows(const std::vector<TableRow>& rows,
                                       const TableMembers& members, Table& table) {
  std::vector<TableGroup> groups;
  std::vector<std::string> strangers;
  for (const TableRow& row : rows)
    groups.push_back(
        {{row.title},
         {},
         row.queries.empty() ? TableLine::State::published_only : TableLine::State::missing});
  for (const NamedRecord* member : members) {
    const auto at = std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
      return table_groups::fits_any(member->record, row.queries);
    });
    if (at == rows.end()) {
      strangers.push_back(member->file);
      continue;
    }
    TableGroup& group = groups[static_cast<size_t>(at - rows.begin())];
    group.members.push_back(member);
    group.state = TableLine::State::measured;
  }
  if (!strangers.empty()) table_groups::note_strangers(strangers, members.size(), table);
  table_groups::note_networks(groups, table);
  return groups;
}

}  // namespace dinobench
