// Ten thousand damaged files: each is read or refused as bad input, soon and in little memory.
#include <sys/resource.h>

#include <ctime>
#include <random>

#include "core/pickle_file.hpp"
#include "core/safetensors.hpp"
#include "core/torch_file.hpp"
#include "core/weight_file.hpp"
#include "core/zip_archive.hpp"
#include "tests/core/weight_samples.hpp"

namespace dinobench {
namespace {

using namespace std::string_literals;

constexpr int files_a_kind = 2000;
constexpr double most_seconds = 5;                 // of processor time, for one file
constexpr size_t most_memory = size_t{768} << 20;  // beyond what the process has at the start
constexpr uint64_t lengths[] = {0,
                                1,
                                2,
                                0x7F,
                                0x80,
                                0xFF,
                                0xFFFF,
                                0x7FFFFFFF,
                                0xFFFFFFFF,
                                uint64_t{1} << 40,
                                ~uint64_t{0} >> 1,
                                ~uint64_t{0}};

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : generator_(seed) {}
  size_t below(size_t count) { return generator_() % std::max<size_t>(count, 1); }

  /// One to four changes: a flipped bit, another byte, a cut, bytes put in, taken out or said
  /// twice, a number of 1 to 8 bytes that lengths and offsets dislike.
  std::string operator()(std::string bytes) {
    for (size_t changes = 1 + below(4); changes > 0; --changes) change(bytes);
    return bytes;
  }

 private:
  void change(std::string& bytes) {
    const size_t at = below(bytes.size()), some = 1 + below(16);
    switch (below(7)) {
      case 0:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(8));
        return;
      case 1:
        if (!bytes.empty()) bytes[at] = static_cast<char>(generator_());
        return;
      case 2:
        if (below(4) == 0) bytes.resize(at);
        return;
      case 3:
        for (size_t i = 0; i < some; ++i) bytes.insert(at, 1, static_cast<char>(generator_()));
        return;
      case 4:
        bytes.erase(at, some);
        return;
      case 5:
        bytes.insert(below(bytes.size()), bytes.substr(at, 8 * some));
        return;
      default:
        number(bytes, at);
    }
  }
  void number(std::string& bytes, size_t at) {
    std::string text;
    append_number(text, lengths[below(std::size(lengths))]);
    bytes.replace(at, size_t{1} << below(4), text.substr(0, size_t{1} << below(4)));
  }

  std::mt19937 generator_;
};

// Address space of this process, so that an allocation too large fails though nothing touches it.
// AddressSanitizer reserves terabytes: there the resident peak alone is looked at.
class MemoryLimit {
 public:
  MemoryLimit() {
    getrlimit(RLIMIT_AS, &before_);
#ifndef __SANITIZE_ADDRESS__
    size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<size_t>(sysconf(_SC_PAGESIZE)) + most_memory;
    setrlimit(RLIMIT_AS, &limit);
#endif
  }
  ~MemoryLimit() { setrlimit(RLIMIT_AS, &before_); }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit before_{};
};

size_t peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<size_t>(usage.ru_maxrss) << 10;
}

// Reads `files_a_kind` files that `make` damages; how many of them were refused.
template <class Make, class Load>
int refused(uint32_t seed, Make make, Load load) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "damaged";
  const size_t peak = peak_bytes();
  const MemoryLimit limit;
  Mutator mutate(seed);
  int count = 0;
  for (int i = 0; i < files_a_kind; ++i) {
    INFO("seed " << seed << ", file " << i);
    write_plainly(path, make(mutate));
    const std::clock_t start = std::clock();
    const std::string error = error_of([&] { load(path); });
    REQUIRE(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC < most_seconds);
    if (!error.empty() && !error.starts_with("2: ")) FAIL(error);
    count += error.empty() ? 0 : 1;
  }
  REQUIRE(peak_bytes() < peak + most_memory);
  return count;
}

std::string written(const Value& value) {
  const TemporaryFolder folder;
  save_torch_file(value, folder / "c.pth");
  return read_file(folder / "c.pth");
}

// A zip file of stored members, in memory.
std::string zip_of(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string out, directory;
  for (const auto& [name, bytes] : members) {
    std::string fields;  // those that both headers have, from the flags on
    for (int i = 0; i < 4; ++i) append_number(fields, uint16_t{0});
    append_number(fields, crc32_of(std::as_bytes(std::span(bytes))));
    for (int i = 0; i < 2; ++i) append_number(fields, static_cast<uint32_t>(bytes.size()));
    append_number(fields, static_cast<uint32_t>(name.size()));  // and no extra field
    directory += std::string("PK\1\2\24\0\24\0", 8) + fields + std::string(10, '\0');
    append_number(directory, static_cast<uint32_t>(out.size()));
    directory += name;
    out += std::string("PK\3\4\24\0", 6) + fields + name + bytes;
  }
  std::string end("PK\5\6\0\0\0\0", 8);
  for (int i = 0; i < 2; ++i) append_number(end, static_cast<uint16_t>(members.size()));
  append_number(end, static_cast<uint32_t>(directory.size()));
  append_number(end, static_cast<uint32_t>(out.size()));
  return out + directory + end + std::string(2, '\0');
}

// With right checksums, so that the damage is not found by them.
std::string archive_of(const std::string& pickled) {
  std::vector<std::pair<std::string, std::string>> members{{"a/data.pkl", pickled}};
  for (const size_t bytes : {24, 8, 0, 2, 16})
    members.emplace_back(fmt::format("a/data/{}", members.size() - 1), std::string(bytes, '\1'));
  return zip_of(members);
}

// As gnd_roxford5k.pkl, with four queries: {'gnd': [{'bbx': [...], 'easy': [...]}], 'imlist':
// [...]}.
std::string ground_truth() {
  std::string out = "\x80\x03}q\x01(X\x03\0\0\0gndq\x02]q\x03("s;
  for (int i = 0; i < 4; ++i) {
    out += "}q\x04(X\x03\0\0\0bbxq\x05]q\x06(G\x40\x61\x10\0\0\0\0\0G\x3f\xf8\0\0\0\0\0\0K\x07"s;
    out +=
        "eX\x04\0\0\0easyq\x08]q\x09(M\x01\x02M\x03\x04K\x05"
        "eu"s;
  }
  return out +
         "eX\x06\0\0\0imlistq\x0a]q\x0b(X\x04\0\0\0all0r\x01\x02\0\0h\x0a"
         "eu."s;
}

}  // namespace

TEST_CASE("2000 damaged zip checkpoints", "[fuzz]") {
  const std::string good = written(sample_checkpoint());
  REQUIRE(refused(
              1, [&](Mutator& mutate) { return mutate(good); },
              [](const auto& path) { load_weight_file(path); }) > files_a_kind / 2);
}

TEST_CASE("2000 zip checkpoints with a damaged pickle and right checksums", "[fuzz]") {
  std::map<const void*, std::string> keys;
  const std::string good = pickle(sample_checkpoint(), [&](const TensorData& data) {
    return keys.emplace(data.bytes.get(), std::to_string(keys.size())).first->second;
  });
  const TemporaryFolder folder;
  write_plainly(folder / "sound.pth", archive_of(good));
  REQUIRE(load_weight_file(folder / "sound.pth").find("epoch")->as_int() == 3);
  REQUIRE(refused(
              2, [&](Mutator& mutate) { return archive_of(mutate(good)); },
              [](const auto& path) { load_weight_file(path); }) > files_a_kind / 2);
}

TEST_CASE("2000 damaged checkpoints of before torch 1.6", "[fuzz]") {
  const std::string good = legacy_stream(sample_checkpoint());
  REQUIRE(refused(
              3, [&](Mutator& mutate) { return mutate(good); },
              [](const auto& path) { load_torch_file(path); }) > files_a_kind / 2);
}

TEST_CASE("2000 damaged safetensors files", "[fuzz]") {
  const TemporaryFolder folder;
  save_safetensors(sample_state(), folder / "w");
  const std::string good = read_file(folder / "w");
  REQUIRE(refused(
              4, [&](Mutator& mutate) { return mutate(good); },
              [](const auto& path) { load_safetensors(path); }) > files_a_kind / 2);
}

TEST_CASE("2000 damaged ground truth pickles", "[fuzz]") {
  const std::string good = ground_truth();
  const TemporaryFolder folder;
  write_plainly(folder / "gnd.pkl", good);
  REQUIRE(load_pickle_file(folder / "gnd.pkl").find("gnd")->as_list().size() == 4);
  REQUIRE(refused(
              5, [&](Mutator& mutate) { return mutate(good); },
              [](const auto& path) { load_pickle_file(path); }) > files_a_kind / 4);
}

}  // namespace dinobench
