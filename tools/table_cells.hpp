// A table as rows of text, before a format escapes and joins them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/table_build.hpp"

namespace dinobench {

using TextCells = std::vector<std::string>;

/// Labels, "seeds", then the columns; a column with published figures is followed by theirs.
TextCells table_header(const Table& table);

/// "mean ± std" over seeds (std from two seeds on), the mark of its comparison, a dash where there
/// is no value, "missing" where no record fits the row; "†" marks rows of published figures alone.
std::vector<TextCells> table_body(const Table& table);

/// Whether any row has a published figure in this column.
bool has_published(const Table& table, size_t column);

/// Each character that has a replacement, replaced.
std::string replaced(const std::string& text,
                     const std::vector<std::pair<char, std::string>>& replacements);

}  // namespace dinobench
