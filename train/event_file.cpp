// TFRecord framing around Event messages (tensorflow/core/util/event.proto).
#include "train/event_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>
#include <span>
#include <vector>

#include "core/atomic_file.hpp"
#include "core/crc32c.hpp"
#include "core/error.hpp"
#include "core/little_endian.hpp"
#include "core/protobuf_writer.hpp"

namespace dinobench {
namespace event_file {
namespace {

namespace fs = std::filesystem;

constexpr const char *kPrefix = "events.out.tfevents.", *kSuffix = ".dinobench";
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5;  // fields of Event
constexpr int kValue = 1, kTag = 1, kSimpleValue = 2;                    // of Summary, its Value
constexpr size_t kHeader = 12, kFooter = 4;                              // bytes around the data

uint32_t masked(uint32_t crc) { return (crc >> 15 | crc << 17) + 0xA282EAD8; }

double seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  if (!fs::is_directory(folder)) return out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kSuffix)) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string new_name() {
  char host[256] = {};
  if (gethostname(host, sizeof host - 1) != 0) std::strcpy(host, "unknown");
  return fmt::format("{}{:010d}.{}{}", kPrefix, static_cast<int64_t>(seconds_now()), host, kSuffix);
}

/// The data of the record that `bytes` begins with; nothing if it is cut short or damaged.
std::optional<std::string> first_record(std::string_view bytes) {
  if (bytes.size() < kHeader + kFooter) return {};
  ByteReader reader(std::as_bytes(std::span(bytes)));
  const auto length = reader.number<uint64_t>();
  if (reader.number<uint32_t>() != masked(crc32c(bytes.substr(0, 8)))) return {};
  if (length > reader.left() - kFooter) return {};
  std::string data = reader.text(length);
  if (reader.number<uint32_t>() != masked(crc32c(data))) return {};
  return data;
}

/// The step of an Event as we write them: wall_time (nine bytes), then the step; -1 for others.
int64_t step_of(const std::string& event) {
  constexpr size_t kAt = 9;
  if (event.size() <= kAt || event[kAt] != kStep << 3) return -1;
  uint64_t step = 0;
  int shift = 0;
  for (size_t i = kAt + 1; i < event.size() && shift < 63; ++i, shift += 7) {
    step |= static_cast<uint64_t>(event[i] & 0x7F) << shift;
    if ((event[i] & 0x80) == 0) return static_cast<int64_t>(step);
  }
  return -1;
}

int64_t steps_of(const RunRecord& record) {
  const auto steps = record.train.find("step");
  return steps == record.train.end() ? 0 : static_cast<int64_t>(steps->second.size());
}

/// Wall times of the steps from `first` on, the last one now.
std::vector<double> times(const RunRecord& record, int64_t first, int64_t global_batch) {
  std::vector<double> out(static_cast<size_t>(steps_of(record) - first), seconds_now());
  const auto speed = record.train.find("images_per_second");
  if (speed == record.train.end()) return out;
  for (size_t i = out.size(); i-- > 1;) {
    const double rate = speed->second[static_cast<size_t>(first) + i];
    out[i - 1] = out[i] - (rate > 0 ? static_cast<double>(global_batch) / rate : 0);
  }
  return out;
}

void write_at_end(const fs::path& path, const std::string& bytes) {
  std::error_code missing;
  const auto before = fs::file_size(path, missing);
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << bytes << std::flush;
  if (file.good()) return;
  const std::string reason = std::strerror(errno);
  file.close();
  std::error_code ignored;
  fs::resize_file(path, missing ? 0 : before, ignored);
  fail_run("{}: cannot write: {}", path.string(), reason);
}

}  // namespace
}  // namespace event_file

std::string framed(const std::string& data) {
  std::string out;
  append_number(out, static_cast<uint64_t>(data.size()));
  append_number(out, event_file::masked(crc32c(out)));
  out += data;
  append_number(out, event_file::masked(crc32c(data)));
  return out;
}

std::string step_event(const RunRecord& record, int64_t step, double wall_time) {
  using namespace event_file;
  ProtobufWriter summary;
  for (const auto& [name, series] : record.train) {
    if (name == "step" || name.find('/') != std::string::npos) continue;
    const auto at = static_cast<size_t>(step);
    if (at >= series.size() || !std::isfinite(series[at])) continue;
    ProtobufWriter value;
    value.text(kTag, "train/" + name).real(kSimpleValue, static_cast<float>(series[at]));
    summary.text(kValue, value.bytes());
  }
  return ProtobufWriter()
      .real(kWallTime, wall_time)
      .whole(kStep, static_cast<uint64_t>(step))
      .text(kSummary, summary.bytes())
      .bytes();
}

EventFile::EventFile(std::filesystem::path folder, int64_t first_step)
    : folder_(std::move(folder)) {
  const auto files = event_file::files_in(folder_);
  if (files.empty()) return;
  path_ = files.back();
  keep_before(first_step);
}

void EventFile::keep_before(int64_t first_step) {
  const std::string bytes = read_file(path_);
  std::string_view rest = bytes;
  while (const auto record = event_file::first_record(rest)) {
    const int64_t step = event_file::step_of(*record);
    if (step >= first_step) break;
    next_step_ = std::max(next_step_, step + 1);
    rest.remove_prefix(event_file::kHeader + record->size() + event_file::kFooter);
  }
  if (rest.empty()) return;
  std::error_code problem;
  std::filesystem::resize_file(path_, bytes.size() - rest.size(), problem);
  if (problem) fail_run("{}: cannot be cut: {}", path_.string(), problem.message());
}

void EventFile::append(const RunRecord& record, int64_t global_batch) {
  const int64_t steps = event_file::steps_of(record);
  if (steps <= next_step_) return;
  const std::vector<double> when = event_file::times(record, next_step_, global_batch);
  if (path_.empty()) path_ = folder_ / event_file::new_name();
  std::error_code missing;
  const auto size = std::filesystem::file_size(path_, missing);
  std::string bytes;
  if (missing || size == 0)
    bytes = framed(ProtobufWriter()
                       .real(event_file::kWallTime, when.front())
                       .text(event_file::kFileVersion, "brain.Event:2")
                       .bytes());
  for (int64_t step = next_step_; step < steps; ++step)
    bytes += framed(step_event(record, step, when[static_cast<size_t>(step - next_step_)]));
  event_file::write_at_end(path_, bytes);
  next_step_ = steps;
}

void remove_events(const std::filesystem::path& folder) {
  for (const auto& path : event_file::files_in(folder)) std::filesystem::remove(path);
}

}  // namespace dinobench
