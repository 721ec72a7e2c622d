// Hdf5Writer and Hdf5Reader.
#include "core/hdf5_file.hpp"

#include <thread>

#include "core/atomic_file.hpp"
#include "tests/core/support.hpp"

namespace dinobench {
namespace {

template <class Element>
const std::vector<Element>& values(const Array& array) {
  return std::get<std::vector<Element>>(array.values);
}

void write_small(const std::filesystem::path& path) {
  Hdf5Writer file(path);
  file.array("/a", {{3}, std::vector<double>{1, 2, 3}});
  file.commit();
}

}  // namespace

TEST_CASE("arrays of every element type come back with shape and values") {
  const TemporaryFolder folder;
  Hdf5Writer out(folder / "a.h5");
  out.array("/f", {{2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6.5f}});
  out.array("/deep/er/d", {{2}, std::vector<double>{0.1, -1e300}});
  out.array("/i", {{2, 1}, std::vector<int64_t>{-5, int64_t{1} << 60}});
  out.array("/u", {{3}, std::vector<uint8_t>{0, 128, 255}});
  out.array("/s", {{3}, std::vector<std::string>{"one", "", "drei \xc3\xa4"}});
  out.array("/empty", {{0, 4}, std::vector<float>{}});
  out.array("/no_text", {{0}, std::vector<std::string>{}});
  out.commit();
  const Hdf5Reader in(folder / "a.h5");
  REQUIRE(values<float>(in.array("/f")) == std::vector<float>{1, 2, 3, 4, 5, 6.5f});
  REQUIRE(in.array("/f").shape == std::vector<int64_t>{2, 3});
  REQUIRE(in.shape("/i") == std::vector<int64_t>{2, 1});
  REQUIRE(values<double>(in.array("/deep/er/d")) == std::vector<double>{0.1, -1e300});
  REQUIRE(values<int64_t>(in.array("/i")) == std::vector<int64_t>{-5, int64_t{1} << 60});
  REQUIRE(values<uint8_t>(in.array("/u")) == std::vector<uint8_t>{0, 128, 255});
  REQUIRE(values<std::string>(in.array("/s")) ==
          std::vector<std::string>{"one", "", "drei \xc3\xa4"});
  REQUIRE(in.shape("/empty") == std::vector<int64_t>{0, 4});
  REQUIRE(values<float>(in.array("/empty")).empty());
  REQUIRE(values<std::string>(in.array("/no_text")).empty());
}

TEST_CASE("deflated arrays come back, and are smaller") {
  const TemporaryFolder folder;
  std::vector<float> floats(3000);
  std::vector<int64_t> numbers(400000);  // more than one chunk
  std::vector<std::string> texts(1000), with_zero(1000, std::string("a\0b", 3));
  for (size_t i = 0; i < floats.size(); ++i) floats[i] = static_cast<float>(i) / 7;
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int64_t>(i % 1000);
  for (size_t i = 0; i < texts.size(); ++i) texts[i] = std::string(i % 40, 'x');
  const auto write = [&](const char* name, Packing packing) {
    Hdf5Writer out(folder / name);
    out.array("/f", {{1000, 3}, floats}, packing);
    out.array("/i", {{200000, 2}, numbers}, packing);
    out.array("/s", {{1000}, texts}, packing);
    out.array("/z", {{1000}, with_zero}, packing);
    out.array("/few", {{1}, std::vector<double>{1}}, packing);
    out.array("/empty", {{0, 4}, std::vector<float>{}}, packing);
    out.commit();
    return std::filesystem::file_size(folder / name);
  };
  REQUIRE(write("packed.h5", Packing::deflate) * 10 < write("plain.h5", Packing::none));
  const Hdf5Reader packed(folder / "packed.h5"), plain(folder / "plain.h5");
  for (const char* path : {"/f", "/i", "/s", "/z", "/few", "/empty"}) {
    REQUIRE(packed.shape(path) == plain.shape(path));
    REQUIRE(packed.array(path).values == plain.array(path).values);
  }
  REQUIRE(values<std::string>(packed.array("/s")) == texts);
}

TEST_CASE("scalars, texts and attributes come back") {
  const TemporaryFolder folder;
  Hdf5Writer out(folder / "a.h5");
  out.scalar("/x", 74.5);
  out.text("/t", "hello");
  out.group("/g/h");
  out.group("/g");
  out.attribute("/", "seed", int64_t{3});
  out.attribute("/g/h", "status", std::string(100000, 'e'));  // beyond HDF5's 64 KiB attributes
  out.attribute("/x", "ci_low", 1.5);
  out.commit();
  const Hdf5Reader in(folder / "a.h5");
  REQUIRE(values<double>(in.array("/x")) == std::vector<double>{74.5});
  REQUIRE(in.shape("/x").empty());
  REQUIRE(values<std::string>(in.array("/t")) == std::vector<std::string>{"hello"});
  REQUIRE(std::get<int64_t>(in.attributes("/").at("seed")) == 3);
  REQUIRE(std::get<std::string>(in.attributes("/g/h").at("status")) == std::string(100000, 'e'));
  REQUIRE(std::get<double>(in.attributes("/x").at("ci_low")) == 1.5);
  REQUIRE(in.attributes("/t").empty());
}

TEST_CASE("groups and their children: sorted, with dots as ordinary characters") {
  const TemporaryFolder folder;
  Hdf5Writer out(folder / "a.h5");
  out.array("/norms/blocks.10.attn.weight", {{1}, std::vector<double>{1}});
  out.array("/norms/blocks.2.attn.weight", {{1}, std::vector<double>{2}});
  out.group("/void");
  out.commit();
  const Hdf5Reader in(folder / "a.h5");
  REQUIRE(in.children("/norms") ==
          std::vector<std::string>{"blocks.10.attn.weight", "blocks.2.attn.weight"});
  REQUIRE(in.children("/") == std::vector<std::string>{"norms", "void"});
  REQUIRE(in.children("/void").empty());
  REQUIRE(in.children("/absent").empty());
  REQUIRE(in.has("/norms/blocks.2.attn.weight"));
  REQUIRE(in.has("/"));
  REQUIRE_FALSE(in.has("/norms/blocks"));
  REQUIRE_FALSE(in.has("/absent/deeper"));
  REQUIRE(in.is_group("/norms"));
  REQUIRE_FALSE(in.is_group("/norms/blocks.2.attn.weight"));
}

TEST_CASE("nothing appears before commit, and the earlier file stays without it") {
  const TemporaryFolder folder;
  {
    Hdf5Writer out(folder / "a.h5");
    out.scalar("/x", 1);
  }
  REQUIRE(folder.file_count() == 0);
  write_small(folder / "a.h5");
  {
    Hdf5Writer out(folder / "a.h5");
    out.scalar("/x", 1);
  }
  REQUIRE(Hdf5Reader(folder / "a.h5").has("/a"));
  REQUIRE(folder.file_count() == 1);
}

TEST_CASE("a full disk is a run error that leaves the earlier file intact") {
  const TemporaryFolder folder;
  write_small(folder / "a.h5");
  const std::string error = error_of([&] {
    Hdf5Writer out(folder / "a.h5");
    out.array("/big", {{100000}, std::vector<double>(100000, 1.0)});
    const FileSizeLimit limit(20000);
    out.commit();
  });
  REQUIRE(error == fmt::format("3: cannot write '{}': File too large", (folder / "a.h5").string()));
  REQUIRE(folder.file_count() == 1);
  REQUIRE(values<double>(Hdf5Reader(folder / "a.h5").array("/a")) == std::vector<double>{1, 2, 3});
}

TEST_CASE("errors name the file and the object") {
  const TemporaryFolder folder;
  write_small(folder / "a.h5");
  const std::string file = (folder / "a.h5").string();
  const Hdf5Reader in(file);
  REQUIRE(error_of([&] { in.array("/none"); }) == "2: " + file + ": /none: no such object");
  REQUIRE(error_of([&] { in.array("/"); }) ==
          "2: " + file + ": /: a group where a data set is expected");
  REQUIRE(error_of([&] { in.children("/a"); }) ==
          "2: " + file + ": /a: a data set where a group is expected");
  REQUIRE(error_of([&] { in.attributes("/b"); }) == "2: " + file + ": /b: no such object");
  REQUIRE(error_of([&] { Hdf5Reader(file + ".none"); }) ==
          "2: " + file + ".none: No such file or directory");
  REQUIRE(
      contains(error_of([&] { Hdf5Reader(folder / ""); }), "a folder where a file is expected"));
  Hdf5Writer out(folder / "b.h5");
  out.scalar("/x", 1);
  REQUIRE(contains(error_of([&] { out.scalar("/x", 2); }), "b.h5: /x: "));
  REQUIRE(contains(error_of([&] {
                     out.array("/y", {{3}, std::vector<float>{1}});
                   }),
                   "1 values for the shape [3]"));
}

TEST_CASE("text, truncated and damaged files are input errors that name the file") {
  const TemporaryFolder folder;
  write_small(folder / "a.h5");
  const std::string good = read_file(folder / "a.h5");
  const std::string bad = (folder / "bad.h5").string();
  write_plainly(bad, "not HDF5 at all");
  REQUIRE(error_of([&] { Hdf5Reader reader(bad); }).starts_with("2: " + bad + ": "));
  for (size_t length = 0; length < good.size(); length += 97) {
    write_plainly(bad, good.substr(0, length));
    const std::string error = error_of([&] { Hdf5Reader(bad).array("/a"); });
    REQUIRE(error.starts_with("2: " + bad + ": "));
    REQUIRE(error.find('\n') == std::string::npos);
  }
  int refused = 0;
  for (size_t at = 0; at < good.size(); at += 13) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 0xFF);
    write_plainly(bad, bytes);
    const std::string error = error_of([&] { Hdf5Reader(bad).array("/a"); });
    REQUIRE((error.empty() || error.starts_with("2: " + bad + ": ")));
    refused += error.empty() ? 0 : 1;
  }
  REQUIRE(refused > 0);
}

TEST_CASE("what h5py writes is read: compressed chunks, half floats, booleans, fixed text") {
  if (!python_has("h5py")) return;
  const TemporaryFolder folder;
  REQUIRE(run_python("tests/core/hdf5_peer.py write " + (folder / "a.h5").string()));
  const Hdf5Reader in(folder / "a.h5");
  const auto views = values<float>(in.array("/step/0/view/0"));
  REQUIRE(in.shape("/step/0/view/0") == std::vector<int64_t>{2, 3, 40, 40});
  for (size_t i = 0; i < views.size(); ++i) REQUIRE(views[i] == static_cast<float>(i) / 8);
  REQUIRE(values<float>(in.array("/zeros")) == std::vector<float>(1000000, 0));
  REQUIRE(values<float>(in.array("/half")) == std::vector<float>{0.5, -2});
  REQUIRE(values<uint8_t>(in.array("/flags")) == std::vector<uint8_t>{1, 0});
  REQUIRE(values<int64_t>(in.array("/small")) == std::vector<int64_t>{-1, 2});
  REQUIRE(values<double>(in.array("/big_endian")) == std::vector<double>{1.5, -3});
  REQUIRE(values<std::string>(in.array("/fixed")) == std::vector<std::string>{"ab", "c"});
  REQUIRE(values<std::string>(in.array("/texts")) ==
          std::vector<std::string>{"eins", "zw\xc3\xb6lf"});
  REQUIRE(std::get<std::string>(in.attributes("/").at("name")) == "peer");
  REQUIRE(std::get<int64_t>(in.attributes("/").at("count")) == 7);
  REQUIRE(in.attributes("/").count("array") == 0);
  REQUIRE(contains(error_of([&] { in.array("/complex"); }), "/complex: neither numbers nor text"));
}

TEST_CASE("a reader may be moved and used from another thread in silence") {
  const TemporaryFolder folder;
  write_small(folder / "a.h5");
  Hdf5Reader first(folder / "a.h5");
  const Hdf5Reader in(std::move(first));
  bool found = true;
  std::thread([&] { found = in.has("/none") || in.has("/a/deeper"); }).join();
  REQUIRE_FALSE(found);
}

}  // namespace dinobench
