// A table as Markdown, CSV, LaTeX or HTML.
#pragma once

#include <string>
#include <vector>

#include "tools/table_build.hpp"

namespace dinobench {

/// "md", "csv", "tex", "html".
std::vector<std::string> table_formats();

/// md, tex and html show "mean ± std" over seeds (std from two seeds on) and a dash where there is
/// no value; csv has mean, std and number of seeds of each cell in columns of their own.
std::string format_table(const Table& table, const std::string& format);

/// Rows of cells, the first their titles, as an aligned Markdown table; the first `labels` columns
/// stand left, the others right. '|' is escaped.
std::string markdown_table(std::vector<std::vector<std::string>> rows, size_t labels);

}  // namespace dinobench
