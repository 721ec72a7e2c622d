// dinobench transform: the suite's own image operations on one image, or digests of many.
#include <fstream>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/operations.hpp"
#include "tools/command.hpp"
#include "tools/session.hpp"

namespace dinobench::transform_command {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words(1);
  const char mark =
      line.find('\t') == std::string::npos ? ' ' : '\t';  // tabs allow names with blanks
  for (const char c : line) {
    if (c != mark) {
      words.back().push_back(c);
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::vector<Operation> operations_of(const std::vector<std::string>& words) {
  std::vector<Operation> operations;
  for (size_t i = 1; i < words.size(); ++i) operations.push_back(parse_operation(words[i]));
  return operations;
}

/// One line "WIDTHxHEIGHT SHA256" for each line "IMAGE OP..." of the list: a way to compare very
/// many results with another implementation without writing them.
void print_digests(const std::string& list, Console& console) {
  std::ifstream in(list);
  require(in.good(), "cannot read the list '{}'", list);
  std::string line, decoded_name;
  Image decoded;
  while (std::getline(in, line)) {
    const std::vector<std::string> words = words_of(line);
    if (words.empty()) continue;
    const std::vector<Operation> operations = operations_of(words);
    if (words[0] != decoded_name) decoded = decode_image(std::filesystem::path(words[0]));
    decoded_name = words[0];
    Image image = decoded;
    for (const Operation& operation : operations) operation(image);
    console.line(fmt::format("{}x{} {}", image.width, image.height,
                             sha256_hex(std::as_bytes(std::span(image.pixels)))));
  }
}

int run(Options& options, Session& session) {
  std::string output, digests;
  options.get("output", output, "PNG file to write");
  options.get("digests", digests,
              "instead: a file of lines IMAGE OP...; prints size and SHA-256 of each result");
  ready(options, session);
  const std::vector<std::string> words = options.positional();
  if (!digests.empty()) {
    require(words.empty() && output.empty(), "--digests takes its images from the list");
    if (session.comm.rank() == 0) print_digests(digests, session.console);
    return 0;
  }
  require(!words.empty(), "no image was given; usage: transform IMAGE OP... --output F.png; OP: {}",
          operation_forms());
  const std::vector<Operation> operations = operations_of(words);
  require(!output.empty(), "no --output was given: the PNG file to write");
  if (session.comm.rank() != 0) return 0;
  Image image = decode_image(std::filesystem::path(words[0]));
  for (const Operation& operation : operations) operation(image);
  write_png(image, output);
  session.console.line(fmt::format("{}: {} x {}", output, image.width, image.height));
  return 0;
}

[[maybe_unused]] const bool registered = Commands::add(
    {"transform", "transform IMAGE OP... --output F.png",
     "applies transforms to one image, in the order given; without any it only decodes", run});

}  // namespace
}  // namespace dinobench::transform_command
