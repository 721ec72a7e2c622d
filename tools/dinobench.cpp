// The program: finds the command, and turns every failure into one line and an exit code.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "tools/command.hpp"
#include "tools/session.hpp"

namespace dinobench {
namespace {

constexpr int kFailedRun = 3;

struct Outcome {
  int exit_code = 0;
  std::string error;
};

std::string command_list() {
  std::string out =
      "dinobench COMMAND [--config FILE] [--option value ...]\n"
      "Trains DINO and baselines, judges frozen backbones, keeps one HDF5 record a run.\n\n";
  for (const std::string& name : Commands::names())
    out += fmt::format("  {:<10} {}\n", name, Commands::find(name).summary);
  return out + "\n'dinobench COMMAND --help' lists a command's options.";
}

int run_command(const std::vector<std::string>& words, Communicator& comm,
                const std::string& command_line) {
  const bool speaks = comm.rank() == 0;
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    Console(speaks, false).line(command_list());
    return 0;
  }
  const CommandEntry& command = Commands::find(words[0]);
  Options options({words.begin() + 1, words.end()});
  bool quiet = false;
  options.get("quiet", quiet, "no progress, only warnings and errors");
  Console console(speaks, quiet);
  if (options.help_requested())
    console.line(fmt::format("usage: dinobench {}\n{}\n", command.usage, command.summary));
  Session session{comm, console, command_line};
  return command.run(options, session);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// Everything that can go wrong ends here; libraries add a backtrace after their first line.
Outcome guarded(const std::vector<std::string>& words, Communicator& comm,
                const std::string& command_line) {
  try {
    return {run_command(words, comm, command_line), ""};
  } catch (const HelpShown&) {
    return {};
  } catch (const Error& error) {
    return {error.exit_code(), error.what()};
  } catch (const std::bad_alloc&) {
    return {kFailedRun, "out of memory"};
  } catch (const std::exception& error) {
    return {kFailedRun, first_line(error.what())};
  } catch (...) {
    return {kFailedRun, "unknown exception"};
  }
}

// A failure that all ranks share (a misspelt option) is reported once, by rank 0: the others give
// it a moment to end the job before they speak for themselves.
int report(const Outcome& outcome, Communicator& comm) {
  if (comm.rank() != 0) std::this_thread::sleep_for(std::chrono::seconds(1));
  const std::string who = comm.size() > 1 ? fmt::format("rank {}: ", comm.rank()) : "";
  const std::string line = fmt::format("dinobench: error: {}{}\n", who, outcome.error);
  std::fflush(stdout);
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
  if (comm.size() > 1) comm.abort(outcome.exit_code);
  return outcome.exit_code;
}

std::string joined(int count, char** arguments) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    const std::string word = arguments[i];
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$*?") == std::string::npos;
    out += (i > 0 ? " " : "") + (plain ? word : "'" + word + "'");
  }
  return out;
}

int program(int count, char** arguments) {
  std::unique_ptr<Communicator> comm;
  try {
    comm = make_communicator();
  } catch (const std::exception& error) {
    fmt::print(stderr, "dinobench: error: {}\n", first_line(error.what()));
    return kFailedRun;
  }
  const std::vector<std::string> words(arguments + 1, arguments + count);
  const Outcome outcome = guarded(words, *comm, joined(count, arguments));
  return outcome.error.empty() ? outcome.exit_code : report(outcome, *comm);
}

}  // namespace
}  // namespace dinobench

int main(int argc, char** argv) { return dinobench::program(argc, argv); }
