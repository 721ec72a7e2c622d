// Zip archives, read from their central directory (PKWARE's APPNOTE 6.3.x, sections 4.3 to 4.5).
#include <algorithm>

#include "core/little_endian.hpp"
#include "core/zip_archive.hpp"

namespace dinobench {
namespace {

constexpr uint64_t end_bytes = 22, locator_bytes = 20, end64_bytes = 56, local_bytes = 30;
constexpr uint32_t end_signature = 0x06054b50, locator_signature = 0x07064b50;
constexpr uint32_t end64_signature = 0x06064b50, central_signature = 0x02014b50;
constexpr uint32_t local_signature = 0x04034b50, in_zip64 = 0xFFFFFFFF;
constexpr uint16_t zip64_extra = 1, stored = 0, deflated = 8;

struct Sizes {
  uint64_t unpacked, packed, header;
};

// The zip64 extra field holds, in this order, those values that the header could not.
void widen(Sizes& sizes, std::span<const std::byte> extra) {
  ByteReader fields(extra);
  while (fields.left() >= 4) {
    const auto tag = fields.number<uint16_t>();
    const auto length = fields.number<uint16_t>();
    ByteReader field(fields.take(length));
    if (tag != zip64_extra) continue;
    for (uint64_t* value : {&sizes.unpacked, &sizes.packed, &sizes.header})
      if (*value == in_zip64) *value = field.number<uint64_t>();
  }
}

}  // namespace

ZipReader::ZipReader(const std::filesystem::path& path)
    : file_(path), budget_(16 * file_.size() + (uint64_t{256} << 20)) {
  read_directory(find_directory());
}

// The end record is the last thing in the file but for a comment of at most 65535 bytes.
ZipReader::Directory ZipReader::find_directory() {
  const uint64_t tail_size = std::min<uint64_t>(file_.size(), end_bytes + 0xFFFF);
  const auto tail = file_.at(file_.size() - tail_size, tail_size);
  for (uint64_t back = end_bytes; back <= tail_size; ++back) {
    ByteReader end{std::span<const std::byte>(tail).last(static_cast<size_t>(back))};
    if (end.number<uint32_t>() != end_signature) continue;
    end.take(6);
    Directory found;
    found.count = end.number<uint16_t>();
    found.size = end.number<uint32_t>();
    found.offset = end.number<uint32_t>();
    const uint64_t end_at = file_.size() - back;
    if (end_at < locator_bytes) return found;
    const auto locator_data = file_.at(end_at - locator_bytes, locator_bytes);
    ByteReader locator(locator_data);
    if (locator.number<uint32_t>() != locator_signature) return found;
    locator.take(4);
    const auto end64_data = file_.at(locator.number<uint64_t>(), end64_bytes);
    ByteReader end64(end64_data);
    require(end64.number<uint32_t>() == end64_signature, "damaged: no zip64 end record");
    end64.take(28);
    found.count = end64.number<uint64_t>();
    found.size = end64.number<uint64_t>();
    found.offset = end64.number<uint64_t>();
    return found;
  }
  fail("truncated, or not a zip file: no end record found");
}

void ZipReader::read_directory(const Directory& directory) {
  const auto bytes = file_.at(directory.offset, directory.size);
  ByteReader in(bytes);
  for (uint64_t i = 0; i < directory.count; ++i) {
    require(in.number<uint32_t>() == central_signature, "damaged: central directory, entry {}", i);
    in.take(4);
    const auto flags = in.number<uint16_t>();
    Member member;
    member.method = in.number<uint16_t>();
    in.take(4);
    member.crc = in.number<uint32_t>();
    Sizes sizes{};
    sizes.packed = in.number<uint32_t>();
    sizes.unpacked = in.number<uint32_t>();
    const auto name_length = in.number<uint16_t>(), extra_length = in.number<uint16_t>();
    const auto comment_length = in.number<uint16_t>();
    in.take(8);
    sizes.header = in.number<uint32_t>();
    const std::string name = in.text(name_length);
    widen(sizes, in.take(extra_length));
    in.take(comment_length);
    require((flags & 1) == 0, "member '{}' is encrypted", name);
    require(member.method != stored || sizes.packed == sizes.unpacked, "damaged: sizes of '{}'",
            name);
    member.header = sizes.header;
    member.packed = sizes.packed;
    member.size = sizes.unpacked;
    require(members_.emplace(name, member).second, "member '{}' is there twice", name);
  }
}

const ZipReader::Member& ZipReader::member(const std::string& name) const {
  const auto at = members_.find(name);
  require(at != members_.end(), "member '{}' is missing", name);
  return at->second;
}

std::vector<std::string> ZipReader::names() const {
  std::vector<std::string> out;
  for (const auto& [name, member] : members_) out.push_back(name);
  return out;
}

uint64_t ZipReader::size(const std::string& name) const { return member(name).size; }

std::vector<std::byte> ZipReader::read(const std::string& name) {
  const Member& found = member(name);
  require(found.method == stored || found.method == deflated,
          "member '{}' is compressed by method {}; stored and deflated are understood", name,
          found.method);
  require(found.size <= budget_, "member '{}' of {} bytes is larger than the file allows", name,
          found.size);
  budget_ -= found.size;
  const auto header_data = file_.at(found.header, local_bytes);
  ByteReader header(header_data);
  require(header.number<uint32_t>() == local_signature, "damaged: header of '{}'", name);
  header.take(22);
  const uint64_t name_length = header.number<uint16_t>(), extra = header.number<uint16_t>();
  auto bytes = file_.at(found.header + local_bytes + name_length + extra, found.packed);
  if (found.method == deflated) bytes = inflate_bytes(bytes, found.size);
  require(crc32_of(bytes) == found.crc, "damaged: wrong checksum of '{}'", name);
  return bytes;
}

}  // namespace dinobench
