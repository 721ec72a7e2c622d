// dinobench list: what is registered, with sources and options.
#include <sstream>

#include "core/error.hpp"
#include "data/dataset.hpp"
#include "eval/evaluation.hpp"
#include "methods/method.hpp"
#include "tools/session.hpp"

namespace dinobench::list_command {
namespace {

// The help of some options, deeper by two columns; --config and --help belong to commands.
std::string option_lines(const Options& options) {
  std::istringstream lines(options.help());
  std::string out;
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("  --config ") && !line.starts_with("  --help "))
      out += "  " + line + "\n";
  return out;
}

std::string heading(const std::string& name, const std::string& summary,
                    const std::string& source) {
  return fmt::format("  {:<16} {}{}\n", name, summary, source.empty() ? "" : "  [" + source + "]");
}

std::string methods() {
  std::string out;
  for (const std::string& name : Methods::names()) {
    const MethodEntry& entry = Methods::find(name);
    Options options;
    entry.describe(options);
    out += heading(name, entry.summary, entry.source) + option_lines(options);
  }
  return out;
}

std::string backbones() {
  std::string out;
  for (const std::string& name : Backbones::names()) {
    const BackboneEntry& entry = Backbones::find(name);
    out += heading(name, entry.summary, entry.source);
  }
  return out;
}

std::string evaluations() {
  std::string out;
  for (const std::string& name : Evaluations::names()) {
    const EvaluationEntry& entry = Evaluations::find(name);
    Options options;
    entry.make(options, "");
    out += heading(name, entry.summary + " (" + entry.protocol + ")", entry.source) +
           option_lines(options);
  }
  return out;
}

std::string datasets() {
  std::string out;
  for (const std::string& name : Registry<DatasetEntry>::names()) {
    const DatasetEntry& entry = Registry<DatasetEntry>::find(name);
    out += heading(name, entry.summary, entry.source);
  }
  return out;
}

std::string commands() {
  std::string out;
  for (const std::string& name : Commands::names()) {
    const CommandEntry& entry = Commands::find(name);
    out += heading(name, entry.summary, "") + "    dinobench " + entry.usage + "\n";
  }
  return out;
}

struct Chapter {
  std::string name;
  std::string (*text)();
};

const std::vector<Chapter>& chapters() {
  static const std::vector<Chapter> all{{"methods", methods},
                                        {"backbones", backbones},
                                        {"evaluations", evaluations},
                                        {"datasets", datasets},
                                        {"commands", commands}};
  return all;
}

const Chapter& chapter_named(const std::string& word) {
  std::vector<std::string> names;
  for (const Chapter& chapter : chapters()) {
    if (chapter.name == word) return chapter;
    names.push_back(chapter.name);
  }
  const std::string near = nearest_name(word, names);
  fail("list '{}'{}; known: {}", word, near.empty() ? "" : ": did you mean '" + near + "'?",
       fmt::join(names, ", "));
}

int run(Options& options, Session& session) {
  ready(options, session);
  std::vector<std::string> words = options.positional();
  for (std::string& word : words)
    if (word.ends_with(',')) word.pop_back();
  if (words.empty())
    for (const Chapter& chapter : chapters()) words.push_back(chapter.name);
  for (const std::string& word : words) {
    const Chapter& chapter = chapter_named(word);
    session.console.line(chapter.name + "\n" + chapter.text());
  }
  return 0;
}

[[maybe_unused]] const bool registered =
    Commands::add({"list", "list [methods] [backbones] [evaluations] [datasets] [commands]",
                   "names, sources and options of what there is", run});

}  // namespace
}  // namespace dinobench::list_command
