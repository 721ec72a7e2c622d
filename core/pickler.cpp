// The writing half: no memo, since nothing in a value needs one.
#include "core/pickler.hpp"

#include <bit>
#include <limits>

#include "core/error.hpp"
#include "core/little_endian.hpp"
#include "core/pickle_containers.hpp"
#include "core/torch_names.hpp"

namespace dinobench {
namespace {

class Pickler {
 public:
  using StorageKey = std::function<std::string(const TensorData&)>;
  explicit Pickler(const StorageKey& storage_key) : storage_key_(storage_key) {}

  std::string run(const Value& value) {
    out_ = "\x80\x02";
    write(value, 0);
    return out_ + '.';
  }

 private:
  void write(const Value& value, int level) {
    require(level <= deepest_pickle, "values are nested deeper than {}", deepest_pickle);
    std::visit([&](const auto& held) { put(held, level); }, value.data);
  }
  void put(None, int) { out_ += 'N'; }
  void put(bool value, int) { out_ += value ? '\x88' : '\x89'; }
  void put(int64_t value, int) { integer(value); }
  void put(double value, int);
  void put(const std::string& value, int) { text(value); }
  void put(const std::shared_ptr<ValueList>& list, int level);
  void put(const std::shared_ptr<ValueDict>& dict, int level);
  void put(const TensorData& tensor, int);

  void integer(int64_t value);
  void text(const std::string& value);
  void name(const std::string& full);
  void extents(const std::vector<int64_t>& values);

  const StorageKey& storage_key_;
  std::string out_;
};

void Pickler::put(double value, int) {
  out_ += 'G';
  const auto bits = std::bit_cast<uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) out_ += static_cast<char>(bits >> shift & 0xFF);
}

void Pickler::put(const std::shared_ptr<ValueList>& list, int level) {
  out_ += "](";
  for (const Value& item : *list) write(item, level + 1);
  out_ += 'e';
}

void Pickler::put(const std::shared_ptr<ValueDict>& dict, int level) {
  out_ += "}(";
  for (const auto& [key, item] : *dict) {
    write(key, level + 1);
    write(item, level + 1);
  }
  out_ += 'u';
}

void Pickler::integer(int64_t value) {
  if (value == static_cast<int32_t>(value)) {
    out_ += 'J';
    append_number(out_, static_cast<uint32_t>(value));
  } else {
    out_ += "\x8a\x08";
    append_number(out_, static_cast<uint64_t>(value));
  }
}

void Pickler::text(const std::string& value) {
  require(value.size() <= std::numeric_limits<uint32_t>::max(), "text of {} bytes", value.size());
  out_ += 'X';
  append_number(out_, static_cast<uint32_t>(value.size()));
  out_ += value;
}

void Pickler::name(const std::string& full) {
  const size_t dot = full.rfind('.');
  out_ += 'c' + full.substr(0, dot) + '\n' + full.substr(dot + 1) + '\n';
}

void Pickler::extents(const std::vector<int64_t>& values) {
  out_ += '(';
  for (const int64_t value : values) integer(value);
  out_ += 't';
}

// _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, backward hooks)
void Pickler::put(const TensorData& tensor, int) {
  const int64_t count = tensor.numel();
  const size_t held = tensor.held();
  require(count >= 0 && held == static_cast<size_t>(count * dtype_bytes(tensor.dtype)),
          "a tensor of {} {} elements holds {} bytes", count, dtype_name(tensor.dtype), held);
  std::vector<int64_t> strides(tensor.shape.size(), 1);
  for (size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * tensor.shape[i];
  name("torch._utils._rebuild_tensor_v2");
  out_ += "((";
  text("storage");
  name(storage_class(tensor.dtype));
  text(storage_key_(tensor));
  text("cpu");
  integer(count);
  out_ += "tQ";
  integer(0);
  extents(tensor.shape);
  extents(strides);
  out_ += '\x89';
  name("collections.OrderedDict");
  out_ += ")RtR";
}

}  // namespace

std::string pickle(const Value& value,
                   const std::function<std::string(const TensorData&)>& storage_key) {
  return Pickler(storage_key).run(value);
}

}  // namespace dinobench
