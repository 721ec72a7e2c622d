// What a table shows: read from experiments/layouts/*.layout.
#pragma once

#include <string>
#include <vector>

#include "tools/table_query.hpp"

namespace dinobench {

struct TableColumn {
  std::string title, evaluation, metric;
};

struct TableRow {
  std::string title;
  std::vector<RecordQuery> queries;  // one must fit; none: only published figures
};

/// A figure of the literature, as printed there.
struct PublishedValue {
  std::string row, column, text, source;
};

/// Lines `key = value`, '#' begins a comment:
///   title     = text
///   group     = method backbone        one row for each combination of these fields, or
///   row       = Text | conditions      rows in this order (tools/table_query.hpp); a record goes
///   to
///                                      the first it fits; the same text again: another way to fit
///   row       = Text                   a row of published figures alone
///   column    = Text | evaluation/metric       none: every metric that the records hold;
///                                              run/hours, run/memory_gib: what the run took
///   published = row | column | value | source  row: a row's text; with `group` its fields joined
///                                              by '/'; column: a column's text
struct TableLayout {
  std::string title;
  std::vector<std::string> group;
  std::vector<TableRow> rows;
  std::vector<TableColumn> columns;
  std::vector<PublishedValue> published;
};

/// method, backbone and experiment by every metric.
TableLayout default_layout();

/// A path, or the name of a layout in experiments/layouts/ under the working directory or beside
/// the program's build folder. Input Errors name the file and line, or the layouts there are.
TableLayout read_layout(const std::string& name_or_path);

/// Names of the layouts in those folders, sorted.
std::vector<std::string> layout_names();

}  // namespace dinobench
