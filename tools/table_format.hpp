// A table as Markdown, CSV, LaTeX or HTML.
#pragma once

#include <string>
#include <vector>

#include "tools/table_build.hpp"

namespace dinobench {

/// "md", "csv", "tex", "html".
std::vector<std::string> table_formats();

/// md, tex (booktabs) and html show the cells of tools/table_cells.hpp; csv has mean, std and
/// number of seeds of each cell in columns of their own, then the published figure where the column
/// has any, then difference, p, corrected p, pairs and what was paired if rows were compared.
std::string format_table(const Table& table, const std::string& format);

/// Rows of cells, the first their titles, as an aligned Markdown table; the first `labels` columns
/// stand left, the others right. '|' and '<' are escaped.
std::string markdown_table(std::vector<std::vector<std::string>> rows, size_t labels);

std::string table_markdown(const Table& table);
std::string table_csv(const Table& table);
std::string table_tex(const Table& table);
std::string table_html(const Table& table);

}  // namespace dinobench
