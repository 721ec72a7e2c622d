// The one door to the JSON library. Its events are checked as they come: no document is built, and
// a key that stands twice is seen.
#include "core/safetensors_header.hpp"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"

namespace dinobench {
namespace {

constexpr size_t most_dimensions = 64;
constexpr const char* metadata_name = "__metadata__";

// In the order of DType.
constexpr std::array<const char*, 10> dtype_codes{"F64", "F32", "F16", "BF16", "I64",
                                                  "I32", "I16", "I8",  "U8",   "BOOL"};

DType dtype_of(const std::string& code, const std::string& name) {
  for (size_t i = 0; i < dtype_codes.size(); ++i)
    if (code == dtype_codes[i]) return static_cast<DType>(i);
  fail("tensor '{}' has dtype '{}'; known are {}", name, code, fmt::join(dtype_codes, ", "));
}

// {NAME: {"dtype": TEXT, "shape": [COUNT...], "data_offsets": [BEGIN, END]}, "__metadata__": {...}}
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<SafetensorsEntry> entries;

  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("a bool"); }
  bool number_integer(int64_t value) override { unexpected(fmt::format("{}", value)); }
  bool number_float(double, const std::string& text) override { unexpected(text); }
  bool binary(binary_t&) override { unexpected("binary data"); }
  bool number_unsigned(uint64_t value) override;
  bool string(std::string& value) override;
  bool key(std::string& value) override;
  bool start_object(size_t) override;
  bool end_object() override;
  bool start_array(size_t) override;
  bool end_array() override;
  bool parse_error(size_t at, const std::string&, const nlohmann::detail::exception&) override {
    fail("damaged header: not JSON at its byte {}", at);
  }

 private:
  enum class Level { outside, names, fields, numbers };
  [[noreturn]] void unexpected(const std::string& what) const {
    fail("damaged header: {} where the format has none (tensor '{}', field '{}')", what, name_,
         field_);
  }
  bool in_metadata() const { return name_ == metadata_name; }
  void finish_entry();

  Level level_ = Level::outside;
  std::string name_, field_, code_;
  std::set<std::string> names_, fields_;
  std::vector<uint64_t> numbers_, shape_, offsets_;
};

bool HeaderReader::number_unsigned(uint64_t value) {
  if (level_ != Level::numbers) unexpected(fmt::format("{}", value));
  require(numbers_.size() < most_dimensions, "damaged header: more than {} numbers in '{}' of '{}'",
          most_dimensions, field_, name_);
  numbers_.push_back(value);
  return true;
}

bool HeaderReader::string(std::string& value) {
  if (level_ != Level::fields || (!in_metadata() && field_ != "dtype")) unexpected("text");
  if (!in_metadata()) code_ = value;
  return true;
}

bool HeaderReader::key(std::string& value) {
  const bool names = level_ == Level::names;
  require((names ? names_ : fields_).insert(value).second, "damaged header: '{}' is there twice{}",
          value, names ? "" : " in '" + name_ + "'");
  (names ? name_ : field_) = value;
  return true;
}

bool HeaderReader::start_object(size_t) {
  if (level_ != Level::outside && level_ != Level::names) unexpected("an object");
  level_ = level_ == Level::outside ? Level::names : Level::fields;
  return true;
}

bool HeaderReader::end_object() {
  if (level_ == Level::fields && !in_metadata()) finish_entry();
  level_ = level_ == Level::fields ? Level::names : Level::outside;
  name_.clear(), field_.clear(), fields_.clear();
  return true;
}

bool HeaderReader::start_array(size_t) {
  const bool known = field_ == "shape" || field_ == "data_offsets";
  if (level_ != Level::fields || in_metadata() || !known) unexpected("a list");
  level_ = Level::numbers;
  numbers_.clear();
  return true;
}

bool HeaderReader::end_array() {
  (field_ == "shape" ? shape_ : offsets_) = numbers_;
  level_ = Level::fields;
  return true;
}

void HeaderReader::finish_entry() {
  require(fields_ == std::set<std::string>{"data_offsets", "dtype", "shape"},
          "damaged header: tensor '{}' has the fields '{}', expected data_offsets, dtype, shape",
          name_, fmt::join(fields_, ", "));
  require(offsets_.size() == 2, "damaged header: {} data_offsets of '{}'", offsets_.size(), name_);
  SafetensorsEntry entry{name_, dtype_of(code_, name_), {}, offsets_[0], offsets_[1]};
  for (const uint64_t extent : shape_) {
    require(extent <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()),
            "damaged header: an extent of {} in '{}'", extent, name_);
    entry.shape.push_back(static_cast<int64_t>(extent));
  }
  entries.push_back(std::move(entry));
}

std::string quoted(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    fail("the name of a tensor is not UTF-8");
  }
}

}  // namespace

std::vector<SafetensorsEntry> parse_safetensors_header(std::span<const std::byte> json) {
  HeaderReader reader;
  const char* begin = reinterpret_cast<const char*>(json.data());
  nlohmann::json::sax_parse(begin, begin + json.size(), &reader);
  return std::move(reader.entries);
}

std::string safetensors_header(const std::vector<SafetensorsEntry>& entries) {
  std::string out = R"({"__metadata__":{"format":"pt"})";
  for (const SafetensorsEntry& entry : entries)
    out += fmt::format(R"(,{}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                       quoted(entry.name), dtype_codes.at(static_cast<size_t>(entry.dtype)),
                       fmt::join(entry.shape, ","), entry.begin, entry.end);
  out += '}';
  out.resize((out.size() + 7) / 8 * 8, ' ');
  return out;
}

}  // namespace dinobench
