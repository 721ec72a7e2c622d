// Safetensors files by hand, and against the Python package where it is installed.
#include "core/safetensors.hpp"

#include "core/atomic_file.hpp"
#include "core/weight_file.hpp"
#include "tests/core/weight_samples.hpp"

namespace dinobench {
namespace {

using namespace std::string_literals;

std::string file_of(const std::string& header, const std::string& data) {
  std::string out;
  append_number(out, static_cast<uint64_t>(header.size()));
  return out + header + data;
}

// The header of one tensor 'w' with these fields, over eight bytes.
std::string outcome(const std::string& header, const std::string& data = "12345678") {
  const TemporaryFolder folder;
  const std::string path = (folder / "w.safetensors").string();
  write_plainly(path, file_of(header, data));
  const std::string error = error_of([&] { load_safetensors(path); });
  if (!error.empty()) REQUIRE(error.starts_with("2: " + path + ": "));
  return error.empty() ? error : error.substr(path.size() + 5);
}

std::string one(const std::string& fields) { return "{\"w\":{" + fields + "}}"; }

bool peer(const std::string& arguments) {
  return run_python("tests/core/safetensors_peer.py " + arguments);
}

}  // namespace

TEST_CASE("tensors come back from a file written by hand, in the order of their bytes") {
  const TemporaryFolder folder;
  const std::string header =
      R"({"b":{"dtype":"I16","shape":[2],"data_offsets":[4,8]},"__metadata__":{"format":"pt"},)"
      R"("a":{"data_offsets":[0,4],"shape":[],"dtype":"F32"}}  )";
  write_plainly(folder / "w", file_of(header, "\0\0\x80\x3f\x05\0\xff\xff"s));
  const Value read = load_weight_file(folder / "w");
  REQUIRE(read.as_dict()[0].first.as_text() == "a");
  REQUIRE(elements<float>(read.find("a")->as_tensor()) == std::vector<float>{1});
  REQUIRE(elements<int16_t>(read.find("b")->as_tensor()) == std::vector<int16_t>{5, -1});
}

TEST_CASE("what is written comes back, the wide elements aligned and first") {
  const TemporaryFolder folder;
  const std::string path = (folder / "w.safetensors").string();
  const Value state = sample_state();
  save_weight_file(state, path);
  const Value read = load_weight_file(path);
  REQUIRE(read.as_dict().size() == state.as_dict().size());
  REQUIRE(read.as_dict()[0].first.as_text() == "counts");
  for (const auto& [name, value] : state.as_dict()) {
    const TensorData& before = value.as_tensor();
    const TensorData& after = read.find(name.as_text())->as_tensor();
    REQUIRE((before.dtype == after.dtype && before.shape == after.shape));
    REQUIRE(*before.bytes == *after.bytes);
  }
  REQUIRE(read_file(path).find("{") == 8);
  REQUIRE(read_file(path)[0] % 8 == 0);
}

TEST_CASE("the Python package reads ours and we read its, every dtype") {
  if (!python_has("safetensors.torch")) return;
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  save_safetensors(sample_state(), path("ours.safetensors"));
  REQUIRE(peer("check_ours " + path("ours.safetensors")));
  REQUIRE(peer("write " + path("theirs.safetensors")));
  save_safetensors(load_safetensors(path("theirs.safetensors")), path("again.safetensors"));
  REQUIRE(peer("compare " + path("theirs.safetensors") + " " + path("again.safetensors")));
}

TEST_CASE("headers that are not of the format are refused, each with its reason") {
  REQUIRE(outcome(one(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])")).empty());
  REQUIRE(outcome(one(R"("dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8])")) ==
          "tensor 'w' has dtype 'F8_E4M3'; known are F64, F32, F16, BF16, I64, I32, I16, I8, U8, "
          "BOOL");
  for (const auto& [header, reason] : std::vector<std::pair<std::string, std::string>>{
           {one(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"), "8 bytes, expected 12"},
           {one(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), "4 bytes, expected 8"},
           {one(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"), "8 bytes of tensors"},
           {one(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), "expected to begin at 0"},
           {one(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), "bytes 8 to 0"},
           {one(R"("dtype":"F32","shape":[2],"data_offsets":[0,16])"), "16 bytes, expected 8"},
           {one(R"("dtype":"F32","shape":[4],"data_offsets":[0,16])"), "8 bytes of tensors"},
           {one(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), "-2"},
           {one(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"), "2.0"},
           {one(R"("dtype":"F32","shape":[[2]],"data_offsets":[0,8])"), "a list"},
           {one(R"("dtype":"F32","shape":2,"data_offsets":[0,8])"), "2 where"},
           {one(R"("dtype":"F32","shape":[2],"data_offsets":[0])"), "1 data_offsets"},
           {one(R"("dtype":"F32","shape":[2])"), "fields 'dtype, shape'"},
           {one(R"("dtype":"F32","shape":[2],"data_offsets":[0,8],"more":"x")"), "text"},
           {one(R"("dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8])"), "twice in 'w'"},
           {one(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])"),
            "overflow"},
           {one(R"("dtype":null,"shape":[2],"data_offsets":[0,8])"), "null"},
           {R"({"w":true})", "a bool"},
           {R"({"__metadata__":{"a":1}})", "1 where"},
           {R"({"__metadata__":{"a":"b"}})", "8 bytes of tensors, the header has 0"},
           {R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
            R"("v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
            "expected to begin at 4"},
           {R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
            R"("w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
            "'w' is there twice"},
           {R"({"w":)", "not JSON"},
           {R"({} x)", "not JSON"},
           {"{\"\xff\":{}}", "not JSON"},
           {"{" + std::string(100000, '['), "not JSON"}})
    REQUIRE(contains(outcome(header), reason));
  std::string deep = "{\"w\":";
  for (int i = 0; i < 100000; ++i) deep += "{\"w\":";
  REQUIRE(contains(outcome(deep), "an object where"));
}

TEST_CASE("a header's length is held against the file before anything is allocated") {
  const TemporaryFolder folder;
  const std::string path = (folder / "w").string();
  for (const std::string& bytes : {""s, "1234567"s, "\xff\xff\xff\xff\xff\xff\xff\xff{}"s,
                                   "\x05\0\0\0\0\0\0\0{}"s, "\x02\0\0\0\0\0\0\0[]"s}) {
    write_plainly(path, bytes);
    REQUIRE(contains(error_of([&] { load_safetensors(path); }), path + ": not a safetensors file"));
    REQUIRE(contains(error_of([&] { load_weight_file(path); }), path + ": not weights"));
  }
  REQUIRE(contains(error_of([&] { load_weight_file("/dev/zero"); }), "not a regular file"));
  REQUIRE(contains(error_of([&] { load_weight_file(folder / "none"); }), "No such file"));
  REQUIRE(contains(error_of([&] { save_weight_file(sample_state(), folder / "w.npz"); }),
                   "ends in .pth, .pt or .safetensors"));
  REQUIRE(error_of([&] { save_safetensors(sample_checkpoint(), folder / "w"); }) ==
          "2: a dict where a tensor is expected");
}

}  // namespace dinobench
