// Text options in, typed settings out: the command line and .cfg files.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dinobench {

/// The options of one run. Words are grouped at `--name`; how many of the words that follow belong
/// to it is known when the option is read, the rest are positional. Each get() is the single place
/// of its option: it parses, falls back to the value already in `value` (the default), and keeps
/// help text and effective value for --help and the record.
///
///   int64_t epochs = 100;
///   options.get("epochs", epochs, "length of the schedules");
///   options.finish();  // unknown option: Error that names the nearest known one
///
/// Reading an option twice is fine (student and teacher read the same). All errors are input
/// Errors.
class Options {
 public:
  Options() = default;

  /// Words after the command's name. `--config FILE` is loaded at once; given several times, later
  /// files win over earlier ones, and the command line over all. `--name value ...` and
  /// `--name=value` are both understood, `-h` is `--help`. Any other option given twice is an
  /// error. A .cfg holds `name = value ...` lines, `#` starts a comment,
  /// `[section]` puts `section.` in front of the names below it; a text value is the rest of its
  /// line, spaces included.
  explicit Options(const std::vector<std::string>& words);

  void get(std::string_view name, bool& value,
           std::string_view help);  ///< true|false|1|0|on|off; a bare switch is true
  void get(std::string_view name, int64_t& value, std::string_view help);
  void get(std::string_view name, double& value, std::string_view help);
  void get(std::string_view name, std::string& value, std::string_view help);
  void get(std::string_view name, std::array<double, 2>& value,
           std::string_view help);  ///< exactly two numbers
  void get(std::string_view name, std::array<int64_t, 2>& value, std::string_view help);
  void get(std::string_view name, std::vector<int64_t>& value,
           std::string_view help);  ///< one or more numbers
  void get(std::string_view name, std::vector<double>& value, std::string_view help);
  void get(std::string_view name, std::vector<std::string>& value,
           std::string_view help);  ///< all words that follow

  /// As get(string), but only one of `choices` is accepted (the default in `value` is not checked).
  void choose(std::string_view name, std::string& value, const std::vector<std::string>& choices,
              std::string_view help);

  /// Accepts a reference option that this run has no use for; if it was given, a warning says so
  /// and the record keeps it as "unused: VALUE". A get() of the same name, before or after, wins.
  /// `words` is how many values it takes
  /// (-1: a boolean switch).
  void ignore(std::string_view name, std::string_view reason, int words = 1);

  bool given(std::string_view name) const;

  /// Puts `prefix` in front of every name read in its scope: `Options::Prefix knn(options,
  /// "knn.");`. In a scope an option that was not given with the prefix keeps the default already
  /// in `value`.
  class Prefix {
   public:
    Prefix(Options& options, std::string_view prefix);
    ~Prefix();
    Prefix(const Prefix&) = delete;
    Prefix& operator=(const Prefix&) = delete;

   private:
    Options& options_;
    std::string before_;
  };

  /// Positional words in the order given; call after every get().
  std::vector<std::string> positional() const;

  /// Throws if an option was given that nobody read, naming the nearest known option; returns the
  /// warnings of ignored options, one line each.
  std::vector<std::string> finish() const;

  bool help_requested() const;  ///< --help was given
  std::string help() const;     ///< "--name DEFAULT  text" lines of all options read so far, sorted
  std::map<std::string, std::string> used()
      const;  ///< effective values, defaults included: /options of the record

 private:
  struct Given {
    std::string name;
    std::vector<std::string> words;
    std::string file = {};      // the .cfg file it comes from, empty on the command line
    std::string line = {};      // the whole value as it stands in that file
    bool attached = false;      // --name=value: the first word is surely a value
    size_t taken = 0;           // words consumed by get(); the others are positional
    std::string label() const;  // "--epochs" or "x.cfg: epochs", the start of every message
  };
  struct Known {
    std::string value, default_value, help;
    bool unused = false;
  };
  static bool is_option(std::string_view word);
  static bool boolean(std::string_view word, bool& value);
  template <class Number>
  static std::vector<Number> numbers(Given& given, size_t least, size_t most);
  template <class Value, class Read>
  void get_value(std::string_view name, Value& value, std::string_view help, Read read);

  void group(const std::vector<std::string>& words);
  void load_config(const std::string& file);
  Given* find(std::string_view name);
  const Given* find(std::string_view name) const;
  [[noreturn]] void fail_unknown(const Given& given) const;
  void keep(std::string_view name, std::string value, std::string default_value,
            std::string_view help);

  std::vector<std::string> leading_;         // words before the first option
  std::vector<Given> given_;                 // command line, in order
  std::map<std::string, Given> configured_;  // from --config files
  std::map<std::string, Known, std::less<>> known_;
  std::string prefix_;  // put before every name that is read
};

/// The candidate with the smallest edit distance to `word`; empty if there is none within a third
/// of its length + 1.
std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace dinobench
