// Figures of the literature beside ours.
#pragma once

#include "tools/table_build.hpp"

namespace dinobench {

/// Puts the layout's published figures into the cells they name; rows that only they have are
/// added at the end (a layout with rows has them already). Notes the sources, and
/// what the marks of rows without records mean.
void add_published(const TableLayout& layout, Table& table);

}  // namespace dinobench
