// What a table shows: read from experiments/layouts/*.layout.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace dinobench {

struct TableColumn {
  std::string title, evaluation, metric;
};

struct TableRow {
  std::string title;
  std::vector<std::pair<std::string, std::string>> query;  // field of a record, value it must have
};

/// Lines `key = value`, '#' begins a comment:
///   title  = text
///   group  = method backbone                  one row for each combination of these fields, or
///   row    = Text | method=dino arch=vit_tiny rows in this order; a record goes to the first it
///   fits column = Text | evaluation/metric         none: every metric that the records hold
struct TableLayout {
  std::string title;
  std::vector<std::string> group;
  std::vector<TableRow> rows;
  std::vector<TableColumn> columns;
};

/// method, backbone and experiment by every metric.
TableLayout default_layout();

/// A path, or the name of a layout in experiments/layouts/ under the working directory or beside
/// the program's build folder. Input Errors name the file and line, or the layouts there are.
TableLayout read_layout(const std::string& name_or_path);

}  // namespace dinobench
