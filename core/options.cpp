// Words of the command line, grouped into options and positional words.
#include "core/options.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/numbers.hpp"

namespace dinobench {

std::string Options::Given::label() const {
  return file.empty() ? "--" + name : file + ": " + name;
}

// "-0.05" and "-" are values; "-n" is a mistake, but no value either.
bool Options::is_option(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && !looks_like_number(word);
}

Options::Options(const std::vector<std::string>& words) {
  group(words);
  for (Given& given : given_) {
    if (given.name != "config") continue;
    require(!given.words.empty(), "--config: a file name is missing");
    given.taken = 1;
    load_config(given.words[0]);
  }
}

void Options::group(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (!is_option(word)) {
      (given_.empty() ? leading_ : given_.back().words).push_back(word);
      continue;
    }
    const size_t equals = word.find('=');
    std::string name = word == "-h" ? "help" : word.substr(2, equals - 2);
    require((word == "-h" || word.starts_with("--")) && !name.empty(), "unknown option '{}'", word);
    require(name == "config" || find(name) == nullptr, "--{} is given twice", name);
    given_.push_back({.name = std::move(name), .words = {}});
    if (equals == std::string::npos) continue;
    given_.back().attached = true;
    given_.back().words.push_back(word.substr(equals + 1));
  }
}

Options::Given* Options::find(std::string_view name) {
  return const_cast<Given*>(std::as_const(*this).find(name));
}

const Options::Given* Options::find(std::string_view name) const {
  const auto same = [name](const Given& given) { return given.name == name; };
  const auto at = std::find_if(given_.begin(), given_.end(), same);
  if (at != given_.end()) return &*at;
  const auto configured = configured_.find(std::string(name));
  return configured == configured_.end() ? nullptr : &configured->second;
}

bool Options::given(std::string_view name) const {
  return find(prefix_ + std::string(name)) != nullptr;
}

bool Options::help_requested() const { return find("help") != nullptr; }

std::vector<std::string> Options::positional() const {
  std::vector<std::string> out = leading_;
  for (const Given& given : given_)
    out.insert(out.end(), given.words.begin() + static_cast<ptrdiff_t>(given.taken),
               given.words.end());
  return out;
}

Options::Prefix::Prefix(Options& options, std::string_view prefix)
    : options_(options), before_(options.prefix_) {
  options_.prefix_ += prefix;
}

Options::Prefix::~Prefix() { options_.prefix_ = before_; }

}  // namespace dinobench
