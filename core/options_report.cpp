// What the options were: help text, effective values, unknown names.
#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "core/options.hpp"

namespace dinobench {
namespace {

// Levenshtein's distance, one row at a time.
size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < from.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < to.size(); ++j) {
      const size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  size_t best = word.size() / 3 + 2;
  std::string nearest;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance >= best) continue;
    best = distance;
    nearest = candidate;
  }
  return nearest;
}

void Options::keep(std::string_view name, std::string value, std::string default_value,
                   std::string_view help) {
  known_[std::string(name)] = {std::move(value), std::move(default_value), std::string(help),
                               false};
}

void Options::fail_unknown(const Given& given) const {
  std::vector<std::string> names{"config", "help"};
  for (const auto& [name, known] : known_) names.push_back(name);
  const std::string dashes = given.file.empty() ? "--" : "";
  const std::string near = nearest_name(given.name, names);
  fail("{}unknown option '{}{}'{}", given.file.empty() ? "" : given.file + ": ", dashes, given.name,
       near.empty() ? "" : "; did you mean '" + dashes + near + "'?");
}

std::vector<std::string> Options::finish() const {
  const auto check = [this](const Given& given) {
    const bool built_in = given.name == "config" || given.name == "help";
    if (!built_in && !known_.contains(given.name)) fail_unknown(given);
  };
  for (const Given& given : given_) check(given);
  for (const auto& [name, given] : configured_) check(given);
  std::vector<std::string> warnings;
  for (const auto& [name, known] : known_)
    if (const Given* given = find(name); known.unused && given != nullptr)
      warnings.push_back(fmt::format("{} is not used: {}", given->label(), known.help));
  return warnings;
}

std::string Options::help() const {
  std::map<std::string, std::string> lines{
      {"--config FILE", "name = value lines; several times: later files win"},
      {"--help", "this text"}};
  for (const auto& [name, known] : known_)
    if (!known.unused) lines[fmt::format("--{} {}", name, known.default_value)] = known.help;
  size_t width = 0;
  for (const auto& [left, text] : lines) width = std::max(width, left.size());
  width = std::min<size_t>(width, 40);
  std::string out;
  for (const auto& [left, text] : lines) out += fmt::format("  {:<{}}  {}\n", left, width, text);
  return out;
}

std::map<std::string, std::string> Options::used() const {
  std::map<std::string, std::string> out;
  for (const auto& [name, known] : known_)
    if (!known.unused || find(name) != nullptr) out[name] = known.value;
  return out;
}

}  // namespace dinobench
