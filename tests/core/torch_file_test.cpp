// Torch checkpoints, against Python's torch where it is installed.
#include "core/torch_file.hpp"

#include <array>

#include "core/atomic_file.hpp"
#include "core/torch_names.hpp"
#include "core/zip_archive.hpp"
#include "tests/core/weight_samples.hpp"

namespace dinobench {
namespace {

bool torch_peer(const std::string& arguments) {
  return run_python("tests/core/torch_file_peer.py " + arguments);
}

// A one-tensor checkpoint with this shape, strides and offset on a storage of four floats.
std::string strided_error(const std::string& extents, const std::string& strides, int offset) {
  using namespace std::string_literals;
  std::string bytes =
      "ctorch._utils\n_rebuild_tensor_v2\n((\x8c\x07storagectorch\nFloatStorage\n"
      "\x8c\x01"
      "0\x8c\x03"
      "cpuK\x04tQK"s;
  bytes += static_cast<char>(offset);
  bytes += "(" + extents + "t(" + strides + "t\x89)tR.";
  TorchNames names([](const std::string&) { return std::vector<std::byte>(16); }, 1024);
  return error_of([&] { unpickle(std::as_bytes(std::span(bytes)), names); });
}

}  // namespace

TEST_CASE("a checkpoint comes back, tensors and all") {
  const TemporaryFolder folder;
  save_torch_file(sample_checkpoint(), folder / "c.pth");
  const Value read = load_torch_file(folder / "c.pth");
  const Value& student = *read.find("student");
  const TensorData& weight = student.find("weight")->as_tensor();
  REQUIRE(weight.shape == std::vector<int64_t>{2, 3});
  REQUIRE(elements<float>(weight) == std::vector<float>{1, 2, 3, 4, 5, 6});
  REQUIRE(elements<double>(student.find("scalar")->as_tensor()) == std::vector<double>{0.25});
  REQUIRE(student.find("scalar")->as_tensor().shape.empty());
  REQUIRE(student.find("empty")->as_tensor().shape == std::vector<int64_t>{0, 4});
  REQUIRE(student.find("mask")->as_tensor().dtype == DType::boolean);
  REQUIRE(elements<int64_t>(student.find("counts")->as_tensor())[1] == int64_t{1} << 40);
  REQUIRE(read.find("epoch")->as_int() == 3);
  REQUIRE(read.find("lr")->as_double() == 5e-4);
  REQUIRE(read.find("none")->is_none());
  REQUIRE(read.find("shared")->as_tensor().bytes == weight.bytes);
}

TEST_CASE("shared elements are stored once, aligned to 64 bytes") {
  const TemporaryFolder folder;
  save_torch_file(sample_checkpoint(), folder / "c.pth");
  const ZipReader zip(folder / "c.pth");
  REQUIRE(zip.names().size() == 3 + 5);
  const std::string file = read_file(folder / "c.pth");
  const std::array<float, 6> weight{1, 2, 3, 4, 5, 6};
  const std::string needle(reinterpret_cast<const char*>(weight.data()), sizeof(weight));
  const size_t at = file.find(needle);
  REQUIRE(at % 64 == 0);
  REQUIRE(file.find(needle, at + 1) == std::string::npos);
}

TEST_CASE("torch opens what is written, weights_only, and finds the same values") {
  if (!python_has("torch")) return;
  const TemporaryFolder folder;
  save_torch_file(sample_checkpoint(), folder / "c.pth");
  REQUIRE(torch_peer("check_ours " + (folder / "c.pth").string()));
}

TEST_CASE("what torch writes is read, and written again it is equal to torch") {
  if (!python_has("torch")) return;
  const TemporaryFolder folder;
  REQUIRE(torch_peer("write " + (folder / "torch.pth").string()));
  save_torch_file(load_torch_file(folder / "torch.pth"), folder / "ours.pth");
  REQUIRE(torch_peer("compare " + (folder / "torch.pth").string() + " " +
                     (folder / "ours.pth").string()));
}

TEST_CASE("the stream of before torch 1.6 and deflated zips hold the same") {
  if (!python_has("torch")) return;
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  REQUIRE(torch_peer("write_kinds " + path("zip.pth")));
  std::string ours;
  for (const std::string kind : {".legacy", ".legacy4", ".deflated"}) {
    save_torch_file(load_torch_file(path("zip.pth" + kind)), path("ours" + kind));
    ours += " " + path("ours" + kind);
  }
  REQUIRE(torch_peer("compare " + path("zip.pth") + ours));
}

TEST_CASE("the older stream by hand: shared storages, views of storages, and what is refused") {
  const TemporaryFolder folder;
  const std::string path = (folder / "legacy.pth").string();
  const auto outcome = [&](const std::string& bytes) {
    write_plainly(path, bytes);
    return error_of([&] { load_torch_file(path); });
  };
  const std::string good = legacy_stream(sample_checkpoint());
  REQUIRE(outcome(good).empty());
  const Value read = load_torch_file(path);
  const TensorData& weight = read.find("student")->find("weight")->as_tensor();
  REQUIRE(elements<float>(weight) == std::vector<float>{1, 2, 3, 4, 5, 6});
  REQUIRE(read.find("shared")->as_tensor().bytes == weight.bytes);
  REQUIRE(read.find("student")->find("empty")->as_tensor().shape == std::vector<int64_t>{0, 4});
  for (size_t length = 0; length < good.size(); length += 7)
    REQUIRE(outcome(good.substr(0, length)).starts_with("2: " + path + ": "));
  std::string other = good;
  other.replace(other.find("little_endian") + 13, 1, "\x89");
  REQUIRE(contains(outcome(other), "byte order is not little"));
  std::string count = good;
  count.replace(count.rfind(std::string("\x06\0\0\0\0\0\0\0", 8)), 1, "\x07");
  REQUIRE(contains(outcome(count), "has 7 elements, expected 6"));
  REQUIRE(contains(outcome("not weights"), "not weights: expected a torch checkpoint"));
}

// Storage '7' of four floats; a tensor of two on a view of it that begins at element 1.
TEST_CASE("a view of a storage, as torch wrote before 0.4, is a window on it") {
  using namespace std::string_literals;
  const TemporaryFolder folder;
  const auto stream = [](int offset, int count) {
    std::string out("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.M\xe9\x03.", 19);
    out += "}U\x0dlittle_endian\x88s.";
    out +=
        "ctorch._utils\n_rebuild_tensor\n((U\x07storagectorch\nFloatStorage\nU\x01"
        "7U\x03"
        "cpuK\x04(U\x01"
        "8K"s;
    out += static_cast<char>(offset) + "K"s + static_cast<char>(count) +
           "ttQK\0K\x02\x85K\x01\x85tR."s;
    out +=
        "]U\x01"
        "7a.\x04\0\0\0\0\0\0\0"s;
    const std::array<float, 4> values{1, 2, 3, 4};
    return out.append(reinterpret_cast<const char*>(values.data()), sizeof(values));
  };
  const std::string path = (folder / "view.pth").string();
  write_plainly(path, stream(1, 3));
  REQUIRE(elements<float>(load_torch_file(path).as_tensor()) == std::vector<float>{2, 3});
  write_plainly(path, stream(1, 4));
  REQUIRE(
      contains(error_of([&] { load_torch_file(path); }), "reaches element 5 of a storage of 4"));
  write_plainly(path, stream(1, 1));
  REQUIRE(
      contains(error_of([&] { load_torch_file(path); }), "reaches element 2 of a storage of 1"));
}

TEST_CASE("a pickle that would run a program is refused by name and does not run") {
  if (!python_has("torch")) return;
  const TemporaryFolder folder;
  const std::string evil = (folder / "evil.pth").string();
  REQUIRE(torch_peer("write_evil " + evil + " " + (folder / "ran").string()));
  for (const std::string& path : {evil, evil + ".legacy"}) {
    REQUIRE(error_of([&] { load_torch_file(path); }) ==
            "2: " + path + ": refuses to run 'posix.system': not a name that torch.save writes");
    REQUIRE_FALSE(std::filesystem::exists(folder / "ran"));
  }
}

TEST_CASE("a damaged or truncated checkpoint is an input error that names the file") {
  const TemporaryFolder folder;
  save_torch_file(sample_checkpoint(), folder / "c.pth");
  const std::string good = read_file(folder / "c.pth");
  const std::string bad = (folder / "bad.pth").string();
  const auto outcome = [&](const std::string& bytes) {
    write_plainly(bad, bytes);
    return error_of([&] { load_torch_file(bad); });
  };
  for (size_t length = 0; length < good.size(); length += 29)
    REQUIRE(outcome(good.substr(0, length)).starts_with("2: " + bad + ": "));
  for (size_t at = 0; at < good.size(); at += 3) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
    const std::string error = outcome(bytes);
    REQUIRE((error.empty() || error.starts_with("2: " + bad + ": ")));
  }
  std::string flipped = good;
  const std::array<float, 2> weight{3, 4};
  flipped[good.find(std::string(reinterpret_cast<const char*>(weight.data()), 8))] ^= 1;
  REQUIRE(contains(outcome(flipped), "wrong checksum of 'archive/data/0'"));
  REQUIRE(contains(error_of([&] { load_torch_file(bad + ".none"); }), "No such file or directory"));
}

TEST_CASE("tensors beyond their storage are refused before anything is allocated") {
  REQUIRE(strided_error("K\x04", "K\x01", 0).empty());
  REQUIRE(strided_error("K\x02K\x02", "K\x01K\x02", 0).empty());
  REQUIRE(contains(strided_error("K\x05", "K\x01", 0), "reaches element 5 of a storage of 4"));
  REQUIRE(contains(strided_error("K\x02", "K\x03", 1), "reaches element 5 of a storage of 4"));
  REQUIRE(contains(strided_error("J\xff\xff\xff\xff", "K\x01", 0), "shape or stride of -1"));
  REQUIRE(contains(strided_error("K\x02", "K\x01K\x01", 0), "1 extents and 2 strides"));
  REQUIRE(contains(strided_error("J\xff\xff\xff\x7f", std::string("K\0", 2), 0),
                   "larger than the file allows"));
  const std::string huge = "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f";
  REQUIRE(contains(strided_error(huge + huge, "K\x01K\x01", 0), "overflow"));
  REQUIRE(strided_error("K\x01K\x02", huge + "K\x02", 1).empty());  // a stride that is never taken
  REQUIRE(contains(strided_error(huge, huge, 0), "overflow"));
}

TEST_CASE("every storage type has its class, and zips of others are told apart") {
  REQUIRE(storage_class(DType::bfloat16) == "torch.BFloat16Storage");
  REQUIRE(storage_class(DType::boolean) == "torch.BoolStorage");
  const TemporaryFolder folder;
  AtomicFile file(folder / "other.zip");
  ZipWriter zip(file);
  zip.add("readme", {});
  zip.finish();
  file.commit();
  REQUIRE(contains(error_of([&] { load_torch_file(folder / "other.zip"); }), "without data.pkl"));
}

TEST_CASE("a full disk leaves the earlier checkpoint intact") {
  const TemporaryFolder folder;
  save_torch_file(sample_checkpoint(), folder / "c.pth");
  Value large = Value::dict();
  large.set("w", tensor<float>(DType::float32, {10000}, std::vector<float>(10000, 1)));
  const std::string error = error_of([&] {
    const FileSizeLimit limit(8192);
    save_torch_file(large, folder / "c.pth");
  });
  REQUIRE(error ==
          fmt::format("3: cannot write '{}': File too large", (folder / "c.pth").string()));
  REQUIRE(load_torch_file(folder / "c.pth").find("epoch")->as_int() == 3);
  REQUIRE(folder.file_count() == 1);
}

}  // namespace dinobench
