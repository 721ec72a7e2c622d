// .cfg files, by Boost.Program_options.
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/error.hpp"
#include "core/options.hpp"

namespace dinobench {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::ifstream open_config(const std::string& file) {
  require(!std::filesystem::is_directory(file), "cannot read the configuration '{}': a folder",
          file);
  std::ifstream stream(file);
  require(stream.good(), "cannot read the configuration '{}': {}", file, std::strerror(errno));
  return stream;
}

}  // namespace

void Options::load_config(const std::string& file) {
  namespace po = boost::program_options;
  std::ifstream stream = open_config(file);
  try {
    // Names are not known yet, so none is registered; finish() finds those that nobody read.
    std::set<std::string> seen;
    const auto parsed = po::parse_config_file(stream, po::options_description(), true);
    for (const po::option& option : parsed.options) {
      const std::string& name = option.string_key;
      const std::string line = option.value.empty() ? "" : option.value.front();
      require(name != "config" && name != "help", "{}: '{}' belongs on the command line", file,
              name);
      require(seen.insert(name).second, "{}: {} is given twice", file, name);
      configured_[name] = {.name = name, .words = words_of(line), .file = file, .line = line};
    }
  } catch (const po::error& error) {
    fail("{}: {}", file, error.what());
  }
}

}  // namespace dinobench
