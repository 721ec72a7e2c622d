// Options::get: from words to typed values.
#include <algorithm>
#include <cctype>
#include <limits>

#include "core/error.hpp"
#include "core/numbers.hpp"
#include "core/options.hpp"

namespace dinobench {
namespace {

constexpr size_t any_number = std::numeric_limits<size_t>::max();

template <class Number>
Number parse_as(const std::string& word, const std::string& label) {
  if constexpr (std::is_same_v<Number, int64_t>) return parse_int(word, label);
  return static_cast<Number>(parse_double(word, label));
}

std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(int64_t value) { return fmt::format("{}", value); }
std::string text_of(double value) { return fmt::format("{}", value); }
std::string text_of(const std::string& value) { return value; }
template <class Values>
std::string text_of(const Values& values) {
  return fmt::format("{}", fmt::join(values, " "));
}

}  // namespace

bool Options::boolean(std::string_view word, bool& value) {
  std::string lower(word);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool yes = lower == "true" || lower == "1" || lower == "on";
  if (!yes && lower != "false" && lower != "0" && lower != "off") return false;
  value = yes;
  return true;
}

// Takes the words that look like numbers, at most `most` where one number is asked for; a file's
// line belongs to its option as a whole.
template <class Number>
std::vector<Number> Options::numbers(Given& given, size_t least, size_t most) {
  const std::string label = given.label();
  std::vector<Number> out;
  const bool single = most == 1 && given.file.empty();
  for (const std::string& word : given.words) {
    if (single && out.size() == 1) break;
    if (!out.empty() && given.file.empty() && !looks_like_number(word)) break;
    out.push_back(parse_as<Number>(word, label));
  }
  require(!out.empty(), "{}: a number is missing", label);
  require(out.size() >= least && out.size() <= most, "{}: {} given, {} expected", label,
          out.size() == 1 ? "1 number" : fmt::format("{} numbers", out.size()), least);
  given.taken = out.size();
  return out;
}

template <class Value, class Read>
void Options::get_value(std::string_view name, Value& value, std::string_view help, Read read) {
  const std::string full = prefix_ + std::string(name);
  std::string before = text_of(value);
  if (Given* given = find(full)) value = read(*given);
  keep(full, text_of(value), std::move(before), help);
}

void Options::get(std::string_view name, bool& value, std::string_view help) {
  get_value(name, value, help, [](Given& given) {
    bool answer = true;
    const bool word = !given.words.empty() && boolean(given.words[0], answer);
    const bool must = given.attached || !given.file.empty();
    require(word || !must, "{}: '{}' is not true, false, 1, 0, on or off", given.label(),
            given.words.empty() ? "" : given.words[0]);
    require(given.file.empty() || given.words.size() == 1, "{}: one value expected, got '{}'",
            given.label(), given.line);
    given.taken = word ? 1 : 0;
    return answer;
  });
}

void Options::get(std::string_view name, int64_t& value, std::string_view help) {
  get_value(name, value, help, [](Given& given) { return numbers<int64_t>(given, 1, 1)[0]; });
}

void Options::get(std::string_view name, double& value, std::string_view help) {
  get_value(name, value, help, [](Given& given) { return numbers<double>(given, 1, 1)[0]; });
}

void Options::get(std::string_view name, std::string& value, std::string_view help) {
  get_value(name, value, help, [](Given& given) {
    if (!given.file.empty()) return given.line;
    require(!given.words.empty(), "{}: a value is missing", given.label());
    given.taken = 1;
    return given.words[0];
  });
}

void Options::get(std::string_view name, std::array<double, 2>& value, std::string_view help) {
  get_value(name, value, help, [](Given& given) {
    const auto read = numbers<double>(given, 2, 2);
    return std::array{read[0], read[1]};
  });
}

void Options::get(std::string_view name, std::array<int64_t, 2>& value, std::string_view help) {
  get_value(name, value, help, [](Given& given) {
    const auto read = numbers<int64_t>(given, 2, 2);
    return std::array{read[0], read[1]};
  });
}

void Options::get(std::string_view name, std::vector<int64_t>& value, std::string_view help) {
  get_value(name, value, help, [](Given& given) { return numbers<int64_t>(given, 1, any_number); });
}

void Options::get(std::string_view name, std::vector<double>& value, std::string_view help) {
  get_value(name, value, help, [](Given& given) { return numbers<double>(given, 1, any_number); });
}

void Options::get(std::string_view name, std::vector<std::string>& value, std::string_view help) {
  get_value(name, value, help, [](Given& given) {
    require(!given.words.empty() || !given.file.empty(), "{}: a value is missing", given.label());
    given.taken = given.words.size();
    return given.words;
  });
}

void Options::choose(std::string_view name, std::string& value,
                     const std::vector<std::string>& choices, std::string_view help) {
  const std::string text = fmt::format("{} ({})", help, fmt::join(choices, ", "));
  get(name, value, text);
  const Given* given = find(prefix_ + std::string(name));
  if (given == nullptr || std::count(choices.begin(), choices.end(), value) > 0) return;
  const std::string near = nearest_name(value, choices);
  fail("{}: '{}' is not one of {}{}", given->label(), value, fmt::join(choices, ", "),
       near.empty() ? "" : "; did you mean '" + near + "'?");
}

void Options::ignore(std::string_view name, std::string_view reason, int words) {
  const std::string full = prefix_ + std::string(name);
  if (known_.contains(full)) return;
  std::string seen;
  if (Given* given = find(full)) {
    bool answer = true;
    const size_t wanted = words >= 0 ? static_cast<size_t>(words)
                          : !given->words.empty() && boolean(given->words[0], answer) ? 1
                                                                                      : 0;
    given->taken = std::min(wanted, given->words.size());
    seen = given->file.empty()
               ? fmt::format("{}", fmt::join(given->words.begin(),
                                             given->words.begin() + given->taken, " "))
               : given->line;
  }
  known_[full] = {"unused: " + seen, "", std::string(reason), true};
}

}  // namespace dinobench
