// Which reader a file gets: decided by its first bytes, never by its name.
#include <fmt/format.h>

#include <string_view>

#include "core/atomic_file.hpp"
#include "data/decoders.hpp"
#include "data/image.hpp"

namespace dinobench {
namespace {

using decoders::Bytes;

bool starts(Bytes bytes, std::string_view mark, size_t at = 0) {
  if (bytes.size() < at + mark.size()) return false;
  return std::equal(mark.begin(), mark.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

bool is_png(Bytes b) { return starts(b, "\x89PNG\r\n\x1a\n"); }
bool is_bmp(Bytes b) { return starts(b, "BM"); }
bool is_pnm(Bytes b) { return b.size() > 2 && b[0] == 'P' && b[1] >= '1' && b[1] <= '6'; }
bool is_webp(Bytes b) { return starts(b, "RIFF") && starts(b, "WEBP", 8); }
bool is_tiff(Bytes b) {
  using namespace std::string_view_literals;
  return starts(b, "II*\0"sv) || starts(b, "MM\0*"sv) || starts(b, "II+\0"sv) ||
         starts(b, "MM\0+"sv);
}

struct Reader {
  bool (*recognises)(Bytes);
  Image (*read)(Bytes, const std::string&);
};
constexpr Reader readers[] = {
    {decoders::is_jpeg, decoders::jpeg},
    {is_png, decoders::png},
    {is_bmp, decoders::bmp},
    {is_pnm, decoders::pnm},
    {is_tiff, decoders::tiff},
    {is_webp, decoders::webp},
};

}  // namespace

Image decode_image(std::span<const std::byte> bytes, const std::string& name) {
  const Bytes content(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  for (const Reader& reader : readers) {
    if (reader.recognises(content)) return reader.read(content, name);
  }
  require(!content.empty(), "{}: the file is empty", name);
  const Bytes head = content.subspan(0, std::min<size_t>(content.size(), 4));
  fail(
      "{}: not an image that can be read (it begins with {:02x}); known: JPEG PNG BMP PPM PGM PBM "
      "TIFF WebP",
      name, fmt::join(head, " "));
}

Image decode_image(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  return decode_image(std::as_bytes(std::span(content)), path.string());
}

}  // namespace dinobench
