// LaTeX for \usepackage{booktabs}.
#include "core/error.hpp"
#include "tools/table_cells.hpp"
#include "tools/table_format.hpp"

namespace dinobench {
namespace table_tex_format {
namespace {

std::string escaped(const std::string& text) {
  std::string out = replaced(text, {{'\\', "\\textbackslash{}"},
                                    {'_', "\\_"},
                                    {'%', "\\%"},
                                    {'&', "\\&"},
                                    {'#', "\\#"},
                                    {'$', "\\$"},
                                    {'{', "\\{"},
                                    {'}', "\\}"},
                                    {'<', "\\textless{}"},
                                    {'>', "\\textgreater{}"},
                                    {'~', "\\textasciitilde{}"},
                                    {'^', "\\textasciicircum{}"},
                                    {'\n', " "}});
  const auto swap_all = [&out](const std::string& from, const std::string& to) {
    for (size_t at = out.find(from); at != std::string::npos; at = out.find(from, at + to.size()))
      out.replace(at, from.size(), to);
  };
  swap_all("±", "$\\pm$");
  swap_all("–", "--");
  swap_all("†", "$^\\dagger$");
  swap_all(" **", "$^{\\ast\\ast}$");
  swap_all(" *", "$^{\\ast}$");
  return out;
}

std::string line(const TextCells& row) {
  TextCells cells;
  for (const std::string& cell : row) cells.push_back(escaped(cell));
  return fmt::format("{} \\\\\n", fmt::join(cells, " & "));
}

// A comment ends with its line: what is left of it must not become text.
std::string comment(const std::string& text) {
  return "% " + replaced(text, {{'\n', " "}, {'\r', " "}}) + "\n";
}

}  // namespace
}  // namespace table_tex_format

std::string table_tex(const Table& table) {
  using namespace table_tex_format;
  std::string out = table.title.empty() ? "" : comment(table.title);
  for (const std::string& note : table.notes) out += comment(note);
  const TextCells header = table_header(table);
  out += fmt::format("\\begin{{tabular}}{{{}{}}}\n\\toprule\n",
                     std::string(table.label_titles.size(), 'l'),
                     std::string(header.size() - table.label_titles.size(), 'r'));
  out += line(header) + "\\midrule\n";
  for (const TextCells& row : table_body(table)) out += line(row);
  return out + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace dinobench
