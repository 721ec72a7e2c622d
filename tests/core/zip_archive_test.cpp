// Zip archives, little-endian numbers and CRC-32.
#include "core/zip_archive.hpp"

#include "core/little_endian.hpp"
#include "tests/core/support.hpp"

namespace dinobench {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write_archive(const std::filesystem::path& path) {
  AtomicFile file(path);
  ZipWriter zip(file);
  zip.add("a/one", bytes_of("first member"));
  zip.add("a/empty", {});
  zip.add("b", bytes_of(std::string(1000, 'z')));
  zip.finish();
  file.commit();
}

}  // namespace

// The check value of the CRC catalogue for CRC-32/ISO-HDLC.
TEST_CASE("CRC-32 of the standard check string") {
  REQUIRE(crc32_of(bytes_of("123456789")) == 0xCBF43926);
  REQUIRE(crc32_of({}) == 0);
}

TEST_CASE("numbers are read and written low byte first, and never beyond the end") {
  std::string bytes;
  append_number(bytes, uint32_t{0x01020304});
  append_number(bytes, uint8_t{0xFF});
  append_number(bytes, uint64_t{1} << 63);
  REQUIRE(bytes.substr(0, 5) == "\x04\x03\x02\x01\xFF");
  ByteReader in(bytes_of(bytes));
  REQUIRE(in.number<uint16_t>() == 0x0304);
  REQUIRE(in.number<uint16_t>() == 0x0102);
  REQUIRE(in.text(1) == "\xFF");
  REQUIRE(in.left() == 8);
  REQUIRE(in.number<uint64_t>() == uint64_t{1} << 63);
  REQUIRE(error_of([&] { in.take(1); }) == "2: 1 bytes wanted where 0 are left");
}

TEST_CASE("members come back, each aligned in the file") {
  const TemporaryFolder folder;
  write_archive(folder / "a.zip");
  ZipReader zip(folder / "a.zip");
  REQUIRE(zip.names() == std::vector<std::string>{"a/empty", "a/one", "b"});
  REQUIRE(text_of(zip.read("a/one")) == "first member");
  REQUIRE(zip.read("a/empty").empty());
  REQUIRE(zip.size("b") == 1000);
  REQUIRE(zip.has("b"));
  REQUIRE_FALSE(zip.has("c"));
  const std::string file = read_file(folder / "a.zip");
  REQUIRE(zip.file_size() == file.size());
  REQUIRE(file.find("first member") % 64 == 0);
  REQUIRE(file.find("zzzz") % 64 == 0);
  REQUIRE(error_of([&] { zip.read("c"); }) == "2: member 'c' is missing");
}

// "aaaaaaaaaa" as zlib deflates it: a literal and a match of nine at distance one.
TEST_CASE("deflated bytes come back, and never more than they should") {
  const std::string packed("\x4b\x84\x03\x00", 4);
  REQUIRE(text_of(inflate_bytes(bytes_of(packed), 10)) == "aaaaaaaaaa");
  REQUIRE(contains(error_of([&] { inflate_bytes(bytes_of(packed), 9); }), "more than 9"));
  REQUIRE(contains(error_of([&] { inflate_bytes(bytes_of(packed), 11); }),
                   "10 deflated bytes, expected 11"));
  REQUIRE(contains(error_of([&] { inflate_bytes(bytes_of(packed.substr(0, 2)), 10); }), "damaged"));
  REQUIRE(contains(error_of([&] { inflate_bytes({}, 10); }), "damaged"));
  REQUIRE(contains(error_of([&] { inflate_bytes(bytes_of("\xff\xff"), 10); }), "damaged"));
}

TEST_CASE("the same members give the same bytes") {
  const TemporaryFolder folder;
  write_archive(folder / "a.zip");
  write_archive(folder / "b.zip");
  REQUIRE(read_file(folder / "a.zip") == read_file(folder / "b.zip"));
}

TEST_CASE("every truncation of an archive is an error, every flipped byte an error or harmless") {
  const TemporaryFolder folder;
  write_archive(folder / "a.zip");
  const std::string good = read_file(folder / "a.zip");
  const auto outcome = [&](const std::string& bytes) {
    write_plainly(folder / "bad.zip", bytes);
    std::string content;
    const std::string error = error_of([&] {
      ZipReader zip(folder / "bad.zip");
      content = text_of(zip.read("a/one")) + text_of(zip.read("b"));
    });
    return error.empty() ? content : error;
  };
  const std::string whole = "first member" + std::string(1000, 'z');
  REQUIRE(outcome(good) == whole);
  for (size_t length = 0; length < good.size(); length += 17)
    REQUIRE(outcome(good.substr(0, length)).starts_with("2: "));
  for (size_t at = 0; at < good.size(); at += at < 700 ? 3 : 1) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x41);
    const std::string seen = outcome(bytes);
    REQUIRE((seen == whole || seen.starts_with("2: ")));
  }
}

}  // namespace dinobench
