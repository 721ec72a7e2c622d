// Which records make which row of a table.
#pragma once

#include <string>
#include <vector>

#include "tools/table_build.hpp"

namespace dinobench {

using TableMembers = std::vector<const NamedRecord*>;

struct TableGroup {
  std::vector<std::string> labels;
  TableMembers members;
  TableLine::State state = TableLine::State::measured;
};

/// One for each combination of the fields' values, sorted.
std::vector<TableGroup> groups_by_fields(const std::vector<std::string>& fields,
                                         const TableMembers& members);

/// One for each row, in order; a record goes to the first row it fits. Notes the records that fit
/// none, and the networks of the others.
std::vector<TableGroup> groups_by_rows(const std::vector<TableRow>& rows,
                                       const TableMembers& members, Table& table);

}  // namespace dinobench
