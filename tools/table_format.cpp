// Writers of the four formats.
#include "tools/table_format.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace dinobench {
namespace table_format {
namespace {

using Cells = std::vector<std::string>;

std::string cell_text(const TableCell& cell, int64_t seeds) {
  if (cell.values.empty()) return "–";
  std::string text = fmt::format("{:.2f}", cell.mean());
  if (cell.values.size() > 1) text += fmt::format(" ± {:.2f}", cell.deviation());
  const auto count = static_cast<int64_t>(cell.values.size());
  return count == seeds ? text : text + fmt::format(" ({} of {})", count, seeds);
}

Cells header(const Table& table) {
  Cells cells = table.label_titles;
  cells.push_back("seeds");
  for (const TableColumn& column : table.columns) cells.push_back(column.title);
  return cells;
}

std::vector<Cells> body(const Table& table) {
  std::vector<Cells> rows;
  for (const TableLine& line : table.lines) {
    Cells cells = line.labels;
    cells.push_back(fmt::format("{}", line.seeds));
    for (const TableCell& cell : line.cells) cells.push_back(cell_text(cell, line.seeds));
    rows.push_back(std::move(cells));
  }
  return rows;
}

// Code points: every character of ours is one column wide.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string replaced(std::string text,
                     const std::vector<std::pair<char, std::string>>& replacements) {
  std::string out;
  for (const char c : text) {
    const auto at = std::find_if(replacements.begin(), replacements.end(),
                                 [c](const auto& pair) { return pair.first == c; });
    out += at == replacements.end() ? std::string(1, c) : at->second;
  }
  return out;
}

std::string markdown(const Table& table) {
  std::vector<Cells> rows = body(table);
  rows.insert(rows.begin(), header(table));
  std::string out = table.title.empty() ? "" : "### " + table.title + "\n\n";
  out += markdown_table(std::move(rows), table.label_titles.size());
  for (const std::string& note : table.notes) out += "\n" + note + "\n";
  return out;
}

std::string csv(const Table& table) {
  const auto quoted = [](const std::string& text) {
    if (text.find_first_of(",\"\n") == std::string::npos) return text;
    return "\"" + replaced(text, {{'"', "\"\""}}) + "\"";
  };
  Cells titles = table.label_titles;
  titles.push_back("seeds");
  for (const TableColumn& column : table.columns)
    for (const char* part : {"mean", "std", "n"})
      titles.push_back(fmt::format("{}/{} {}", column.evaluation, column.metric, part));
  std::vector<Cells> rows{titles};
  for (const TableLine& line : table.lines) {
    Cells cells = line.labels;
    cells.push_back(fmt::format("{}", line.seeds));
    for (const TableCell& cell : line.cells) {
      cells.push_back(cell.values.empty() ? "" : fmt::format("{}", cell.mean()));
      cells.push_back(cell.values.size() < 2 ? "" : fmt::format("{}", cell.deviation()));
      cells.push_back(fmt::format("{}", cell.values.size()));
    }
    rows.push_back(std::move(cells));
  }
  std::string out;
  for (Cells& row : rows) {
    for (std::string& cell : row) cell = quoted(cell);
    out += fmt::format("{}\n", fmt::join(row, ","));
  }
  return out;
}

std::string tex_text(const std::string& text) {
  std::string out = replaced(text, {{'\\', "\\textbackslash{}"},
                                    {'_', "\\_"},
                                    {'%', "\\%"},
                                    {'&', "\\&"},
                                    {'#', "\\#"},
                                    {'$', "\\$"},
                                    {'{', "\\{"},
                                    {'}', "\\}"},
                                    {'~', "\\textasciitilde{}"},
                                    {'^', "\\textasciicircum{}"}});
  const auto swap_all = [&out](const std::string& from, const std::string& to) {
    for (size_t at = out.find(from); at != std::string::npos; at = out.find(from, at + to.size()))
      out.replace(at, from.size(), to);
  };
  swap_all("±", "$\\pm$");
  swap_all("–", "--");
  return out;
}

std::string tex(const Table& table) {
  const auto line = [](const Cells& row) {
    Cells cells;
    for (const std::string& cell : row) cells.push_back(tex_text(cell));
    return fmt::format("{} \\\\\n", fmt::join(cells, " & "));
  };
  std::string out = table.title.empty() ? "" : "% " + table.title + "\n";
  for (const std::string& note : table.notes) out += "% " + note + "\n";
  out += fmt::format("\\begin{{tabular}}{{{}{}}}\n\\hline\n",
                     std::string(table.label_titles.size(), 'l'),
                     std::string(table.columns.size() + 1, 'r'));
  out += line(header(table)) + "\\hline\n";
  for (const Cells& row : body(table)) out += line(row);
  return out + "\\hline\n\\end{tabular}\n";
}

std::string html(const Table& table) {
  const auto safe = [](const std::string& text) {
    return replaced(text, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}});
  };
  const auto line = [&](const Cells& row, const char* tag) {
    std::string out = "<tr>";
    for (const std::string& cell : row) out += fmt::format("<{0}>{1}</{0}>", tag, safe(cell));
    return out + "</tr>\n";
  };
  std::string out = "<table>\n";
  if (!table.title.empty()) out += "<caption>" + safe(table.title) + "</caption>\n";
  out += "<thead>\n" + line(header(table), "th") + "</thead>\n<tbody>\n";
  for (const Cells& row : body(table)) out += line(row, "td");
  out += "</tbody>\n</table>\n";
  for (const std::string& note : table.notes) out += "<p>" + safe(note) + "</p>\n";
  return out;
}

}  // namespace
}  // namespace table_format

std::string markdown_table(std::vector<std::vector<std::string>> rows, size_t labels) {
  using table_format::width_of;
  for (auto& row : rows)
    for (std::string& cell : row) cell = table_format::replaced(cell, {{'|', "\\|"}});
  std::vector<size_t> widths(rows[0].size(), 3);
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  const auto line = [&](const auto& row) {
    std::string out = "|";
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - width_of(row[i]), ' ');
      out += i < labels ? " " + row[i] + space + " |" : " " + space + row[i] + " |";
    }
    return out + "\n";
  };
  std::string out = line(rows[0]) + "|";
  for (size_t i = 0; i < widths.size(); ++i)
    out += i < labels ? " " + std::string(widths[i], '-') + " |"
                      : " " + std::string(widths[i] - 1, '-') + ": |";
  out += "\n";
  for (size_t i = 1; i < rows.size(); ++i) out += line(rows[i]);
  return out;
}

std::vector<std::string> table_formats() { return {"md", "csv", "tex", "html"}; }

std::string format_table(const Table& table, const std::string& format) {
  if (format == "md") return table_format::markdown(table);
  if (format == "csv") return table_format::csv(table);
  if (format == "tex") return table_format::tex(table);
  require(format == "html", "--format {}: expected md, csv, tex or html", format);
  return table_format::html(table);
}

}  // namespace dinobench
