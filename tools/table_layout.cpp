// Layout files: found, and parsed line by line.
#include "tools/table_layout.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/options.hpp"

namespace dinobench {
namespace table_layout {
namespace {

namespace fs = std::filesystem;

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// "a | b" -> {a, b}
std::pair<std::string, std::string> halves(const std::string& text, char separator,
                                           const std::string& where) {
  const size_t at = text.find(separator);
  require(at != std::string::npos, "{}: expected '{}' in '{}'", where, separator, text);
  return {trimmed(text.substr(0, at)), trimmed(text.substr(at + 1))};
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> out;
  for (std::string word; stream >> word;) out.push_back(word);
  return out;
}

void parse_line(const std::string& line, const std::string& where, TableLayout& layout) {
  const auto [key, value] = halves(line, '=', where);
  if (key == "title") {
    layout.title = value;
  } else if (key == "group") {
    layout.group = words(value);
  } else if (key == "row") {
    const auto [title, query] = halves(value, '|', where);
    TableRow row{title, {}};
    for (const std::string& word : words(query)) row.query.push_back(halves(word, '=', where));
    layout.rows.push_back(std::move(row));
  } else if (key == "column") {
    const auto [title, source] = halves(value, '|', where);
    const auto [evaluation, metric] = halves(source, '/', where);
    layout.columns.push_back({title, evaluation, metric});
  } else {
    fail("{}: unknown key '{}'; expected title, group, row or column", where, key);
  }
}

std::vector<fs::path> layout_folders() {
  std::vector<fs::path> folders{fs::current_path()};
  std::error_code none;
  const fs::path program = fs::read_symlink("/proc/self/exe", none);
  if (!none) folders.push_back(program.parent_path().parent_path());
  for (fs::path& folder : folders) folder = folder / "experiments" / "layouts";
  return folders;
}

fs::path find_layout(const std::string& name) {
  if (fs::is_regular_file(name)) return name;
  std::vector<std::string> known;
  for (const fs::path& folder : layout_folders()) {
    const fs::path file = folder / (name + ".layout");
    if (fs::is_regular_file(file)) return file;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder, none))
      if (entry.path().extension() == ".layout") known.push_back(entry.path().stem().string());
  }
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  const std::string near = nearest_name(name, known);
  fail("--layout {}: no such file or layout{}; known: {}", name,
       near.empty() ? "" : ", did you mean '" + near + "'?", fmt::join(known, ", "));
}

}  // namespace
}  // namespace table_layout

TableLayout default_layout() { return {"", {"method", "backbone", "experiment"}, {}, {}}; }

TableLayout read_layout(const std::string& name_or_path) {
  const auto path = table_layout::find_layout(name_or_path);
  std::istringstream lines(read_file(path));
  TableLayout layout;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::string text = table_layout::trimmed(line.substr(0, line.find('#')));
    if (!text.empty())
      table_layout::parse_line(text, fmt::format("{}:{}", path.string(), number), layout);
  }
  require(layout.group.empty() != layout.rows.empty(),
          "{}: expected either a group or rows, not {}", path.string(),
          layout.rows.empty() ? "neither" : "both");
  return layout;
}

}  // namespace dinobench
