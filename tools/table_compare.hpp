// Each row of a table against one of them, by paired tests.
#pragma once

#include "tools/table_build.hpp"

namespace dinobench {

/// Fills the comparisons of every line but the one named `against` (tools/table_build.hpp,
/// line_name). Records of one seed are a pair. Where both sides of every pair hold answers for the
/// same items of the same data set, an item's differences are averaged over the seeds and tested;
/// else the seeds' values are, from two pairs on. Two-sided sign-flip tests, corrected by Holm over
/// the whole table. Notes what was done. Input Error, with the nearest name, if there is no such
/// line or it has no record.
void compare_lines(Table& table, const std::string& against);

/// "**" below 0.01, "*" below 0.05, "" else, by the corrected p.
std::string significance(const TableCell& cell);

}  // namespace dinobench
