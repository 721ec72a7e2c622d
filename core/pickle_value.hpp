// The values a torch checkpoint is made of: a small tree, read without executing anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dinobench {

enum class DType { float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, boolean };
int64_t dtype_bytes(DType dtype);
const char* dtype_name(DType dtype);

/// Elements that lie elsewhere until a writer asks for them, once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual size_t size() const = 0;
  virtual void read(const std::function<void(std::span<const std::byte>)>& use) = 0;
};

/// Contiguous little-endian elements, row-major; storage shared between copies.
struct TensorData {
  DType dtype = DType::float32;
  std::vector<int64_t> shape;
  std::shared_ptr<const std::vector<std::byte>> bytes;
  std::shared_ptr<ByteSource> source{};  // in place of bytes, in a value that is only to be written
  int64_t numel() const;
  size_t held() const;  ///< bytes there are
};

struct Value;
using ValueList = std::vector<Value>;
using ValueDict = std::vector<std::pair<Value, Value>>;  // insertion order, as in Python

struct None {};

/// A Python value: None, bool, int, float, str, list (tuples too), dict (OrderedDict and Namespace
/// too), tensor.
struct Value {
  std::variant<None, bool, int64_t, double, std::string, std::shared_ptr<ValueList>,
               std::shared_ptr<ValueDict>, TensorData>
      data;

  Value() : data(None{}) {}
  Value(bool value) : data(value) {}
  Value(int64_t value) : data(value) {}
  Value(double value) : data(value) {}
  Value(std::string value) : data(std::move(value)) {}
  Value(const char* value) : data(std::string(value)) {}
  Value(TensorData value) : data(std::move(value)) {}
  static Value list(ValueList items = {});
  static Value dict(ValueDict items = {});

  bool is_none() const;
  bool is_dict() const;
  bool is_tensor() const;
  // Typed access; an input Error says which type was seen and which expected.
  int64_t as_int() const;
  double as_double() const;
  const std::string& as_text() const;
  const TensorData& as_tensor() const;
  const ValueList& as_list() const;
  const ValueDict& as_dict() const;
  void set(Value key, Value value);                 ///< appends to a dict
  const Value* find(const std::string& key) const;  ///< dict entry with that string key, or nullptr
};

}  // namespace dinobench
