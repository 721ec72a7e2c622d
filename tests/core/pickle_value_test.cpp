// Typed access to checkpoint values.
#include "core/pickle_value.hpp"

#include "tests/core/support.hpp"

namespace dinobench {

TEST_CASE("element types have torch's sizes and names") {
  REQUIRE(dtype_bytes(DType::float64) == 8);
  REQUIRE(dtype_bytes(DType::bfloat16) == 2);
  REQUIRE(dtype_bytes(DType::boolean) == 1);
  REQUIRE(std::string(dtype_name(DType::float32)) == "float32");
  REQUIRE(std::string(dtype_name(DType::boolean)) == "bool");
  REQUIRE(TensorData{DType::float32, {2, 3}, nullptr}.numel() == 6);
  REQUIRE(TensorData{DType::float32, {}, nullptr}.numel() == 1);
  REQUIRE(TensorData{DType::float32, {5, 0}, nullptr}.numel() == 0);
}

TEST_CASE("values give what they hold and name what they do not") {
  REQUIRE(Value().is_none());
  REQUIRE(Value(int64_t{3}).as_int() == 3);
  REQUIRE(Value(int64_t{3}).as_double() == 3);
  REQUIRE(Value(0.5).as_double() == 0.5);
  REQUIRE(Value("text").as_text() == "text");
  REQUIRE(Value::list({int64_t{1}, "two"}).as_list().size() == 2);
  REQUIRE(Value(TensorData{}).is_tensor());
  REQUIRE(Value(TensorData{DType::int8, {4}, nullptr}).as_tensor().numel() == 4);
  REQUIRE(error_of([] { Value(0.5).as_int(); }) == "2: a float where an int is expected");
  REQUIRE(error_of([] { Value("x").as_double(); }) == "2: text where a float is expected");
  REQUIRE(error_of([] { Value().as_text(); }) == "2: None where text is expected");
  REQUIRE(error_of([] { Value(true).as_list(); }) == "2: a bool where a list is expected");
  REQUIRE(error_of([] { Value::list().as_dict(); }) == "2: a list where a dict is expected");
  REQUIRE(error_of([] { Value::dict().as_tensor(); }) == "2: a dict where a tensor is expected");
}

TEST_CASE("a dict keeps its order and finds text keys alone") {
  Value dict = Value::dict();
  dict.set(int64_t{1}, "by number");
  dict.set("b", int64_t{2});
  dict.set("a", int64_t{3});
  REQUIRE(dict.is_dict());
  REQUIRE(dict.find("a")->as_int() == 3);
  REQUIRE(dict.find("1") == nullptr);
  REQUIRE(dict.as_dict()[1].first.as_text() == "b");
  REQUIRE(error_of([] { Value().find("a"); }) == "2: None where a dict is expected");
  REQUIRE(error_of([] { Value(int64_t{1}).set("a", Value()); }) ==
          "2: an int where a dict is expected");
}

}  // namespace dinobench
