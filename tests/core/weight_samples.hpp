// A small checkpoint, and its bytes as each format has them.
#pragma once

#include <cstring>
#include <map>

#include "core/little_endian.hpp"
#include "core/pickle_value.hpp"
#include "core/pickler.hpp"
#include "tests/core/support.hpp"

namespace dinobench {

template <class Element>
TensorData tensor(DType dtype, std::vector<int64_t> shape, const std::vector<Element>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {dtype, std::move(shape),
          std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end())};
}

template <class Element>
std::vector<Element> elements(const TensorData& data) {
  std::vector<Element> out(static_cast<size_t>(data.numel()));
  REQUIRE(data.bytes->size() == out.size() * sizeof(Element));
  std::memcpy(out.data(), data.bytes->data(), data.bytes->size());
  return out;
}

inline Value sample_state() {
  Value state = Value::dict();
  state.set("weight", tensor<float>(DType::float32, {2, 3}, {1, 2, 3, 4, 5, 6}));
  state.set("scalar", tensor<double>(DType::float64, {}, {0.25}));
  state.set("empty", tensor<float>(DType::float32, {0, 4}, {}));
  state.set("mask", tensor<uint8_t>(DType::boolean, {2}, {0, 1}));
  state.set("counts", tensor<int64_t>(DType::int64, {1, 2}, {-1, int64_t{1} << 40}));
  return state;
}

inline Value sample_checkpoint() {
  Value student = sample_state();
  Value value = Value::dict();
  value.set("student", student);
  value.set("shared", *student.find("weight"));
  value.set("epoch", int64_t{3});
  value.set("lr", 5e-4);
  value.set("none", Value());
  value.set("betas", Value::list({0.9, 0.999}));
  value.set(int64_t{0}, true);
  return value;
}

/// What torch.save(value, file, _use_new_zipfile_serialization=False) makes of it.
inline std::string legacy_stream(const Value& value) {
  std::map<const void*, std::pair<std::string, TensorData>> storages;
  const auto key_of = [&](const TensorData& data) {
    const std::string key = std::to_string(1000 + storages.size());
    return storages.emplace(data.bytes.get(), std::pair(key, data)).first->second.first;
  };
  const std::string pickled = pickle(value, key_of);
  const auto plain = [](const Value& item) {
    return pickle(item, [](const TensorData&) { return std::string(); });
  };
  std::string out("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.", 15);
  Value facts = Value::dict();
  facts.set("protocol_version", int64_t{1001});
  facts.set("little_endian", true);
  out += plain(int64_t{1001}) + plain(facts) + pickled;
  Value keys = Value::list();
  std::string data;
  for (const auto& [bytes, held] : storages) {
    std::get<std::shared_ptr<ValueList>>(keys.data)->push_back(held.first);
    append_number(data, static_cast<uint64_t>(held.second.numel()));
    data.append(reinterpret_cast<const char*>(held.second.bytes->data()),
                held.second.bytes->size());
  }
  return out + plain(keys) + data;
}

}  // namespace dinobench
