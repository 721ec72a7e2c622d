// Element types, and typed access to values.
#include "core/pickle_value.hpp"

#include <array>
#include <functional>
#include <numeric>

#include "core/error.hpp"

namespace dinobench {
namespace {

struct DTypeFacts {
  const char* name;
  int64_t bytes;
};

// In the order of the enumeration.
constexpr std::array<DTypeFacts, 10> dtype_facts{{{"float64", 8},
                                                  {"float32", 4},
                                                  {"float16", 2},
                                                  {"bfloat16", 2},
                                                  {"int64", 8},
                                                  {"int32", 4},
                                                  {"int16", 2},
                                                  {"int8", 1},
                                                  {"uint8", 1},
                                                  {"bool", 1}}};

// In the order of Value's variant.
constexpr std::array<const char*, 8> type_names{"None", "a bool", "an int", "a float",
                                                "text", "a list", "a dict", "a tensor"};

template <class Type>
const Type& access(const Value& value, const char* expected) {
  const Type* held = std::get_if<Type>(&value.data);
  require(held != nullptr, "{} where {} is expected", type_names[value.data.index()], expected);
  return *held;
}

}  // namespace

int64_t dtype_bytes(DType dtype) { return dtype_facts.at(static_cast<size_t>(dtype)).bytes; }

const char* dtype_name(DType dtype) { return dtype_facts.at(static_cast<size_t>(dtype)).name; }

size_t TensorData::held() const {
  if (source != nullptr) return source->size();
  return bytes == nullptr ? 0 : bytes->size();
}

int64_t TensorData::numel() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

Value Value::list(ValueList items) {
  Value value;
  value.data = std::make_shared<ValueList>(std::move(items));
  return value;
}

Value Value::dict(ValueDict items) {
  Value value;
  value.data = std::make_shared<ValueDict>(std::move(items));
  return value;
}

bool Value::is_none() const { return std::holds_alternative<None>(data); }
bool Value::is_dict() const { return std::holds_alternative<std::shared_ptr<ValueDict>>(data); }
bool Value::is_tensor() const { return std::holds_alternative<TensorData>(data); }

int64_t Value::as_int() const { return access<int64_t>(*this, "an int"); }

double Value::as_double() const {
  const int64_t* whole = std::get_if<int64_t>(&data);
  return whole != nullptr ? static_cast<double>(*whole) : access<double>(*this, "a float");
}

const std::string& Value::as_text() const { return access<std::string>(*this, "text"); }

const TensorData& Value::as_tensor() const { return access<TensorData>(*this, "a tensor"); }

const ValueList& Value::as_list() const {
  return *access<std::shared_ptr<ValueList>>(*this, "a list");
}

const ValueDict& Value::as_dict() const {
  return *access<std::shared_ptr<ValueDict>>(*this, "a dict");
}

void Value::set(Value key, Value value) {
  access<std::shared_ptr<ValueDict>>(*this, "a dict")
      ->emplace_back(std::move(key), std::move(value));
}

const Value* Value::find(const std::string& key) const {
  for (const auto& [name, value] : as_dict())
    if (const auto* text = std::get_if<std::string>(&name.data); text != nullptr && *text == key)
      return &value;
  return nullptr;
}

}  // namespace dinobench
