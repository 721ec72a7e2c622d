// Windows bitmaps without compression: palettes of 1, 4 and 8 bits, 16, 24 and 32 bits.
#include <cstring>

#include "data/decoders.hpp"

namespace dinobench::decoders {
namespace {

struct Header {
  int64_t size = 0, width = 0, height = 0, bits = 0, compression = 0, colours = 0;
  int64_t pixels_at = 0, palette_at = 0, palette_entry = 4;
  bool top_down = false;
  uint32_t masks[3] = {0xff0000, 0xff00, 0xff};
};

class Fields {
 public:
  Fields(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}
  uint32_t u32(int64_t at) const { return u16(at) | static_cast<uint32_t>(u16(at + 2)) << 16; }
  uint32_t u16(int64_t at) const {
    const uint8_t* p = range(at, 2);
    return static_cast<uint32_t>(p[0] | p[1] << 8);
  }
  const uint8_t* range(int64_t at, int64_t count) const {
    require(at >= 0 && count >= 0 && at + count <= static_cast<int64_t>(bytes_.size()),
            "{}: truncated BMP, the data ends before the image does", name_);
    return bytes_.data() + at;
  }

 private:
  Bytes bytes_;
  const std::string& name_;
};

void read_masks(const Fields& fields, Header& header, const std::string& name) {
  for (int i = 0; i < 3; ++i) header.masks[i] = fields.u32(14 + 40 + 4 * i);
  if (header.size == 40) header.palette_at += 12;
  if (header.bits == 32 && (header.masks[0] | header.masks[1] | header.masks[2]) == 0) {
    const uint32_t usual[3] = {0xff0000, 0xff00, 0xff};
    std::copy(usual, usual + 3, header.masks);
  }
  for (const uint32_t mask : header.masks) {
    const bool byte = mask == 0xff || mask == 0xff00 || mask == 0xff0000 || mask == 0xff000000;
    const bool five_six =
        mask == 0xf800 || mask == 0x7e0 || mask == 0x1f || mask == 0x7c00 || mask == 0x3e0;
    require(header.bits == 16 ? five_six : byte, "{}: BMP with the unusual colour mask 0x{:x}",
            name, mask);
  }
}

Header read_header(const Fields& fields, const std::string& name) {
  Header h;
  h.pixels_at = fields.u32(10);
  h.size = fields.u32(14);
  h.palette_at = 14 + h.size;
  if (h.size == 12) {
    h.width = fields.u16(18);
    h.height = fields.u16(20);
    h.bits = fields.u16(24);
    h.palette_entry = 3;
  } else {
    require(h.size == 40 || h.size == 52 || h.size == 56 || h.size == 64 || h.size == 108 ||
                h.size == 124,
            "{}: BMP header of {} bytes, an unknown kind", name, h.size);
    h.width = fields.u32(18);
    h.height = fields.u32(22);
    h.top_down = (h.height >> 24) == 0xff;  // a negative height
    if (h.top_down) h.height = (int64_t{1} << 32) - h.height;
    h.bits = fields.u16(28);
    h.compression = fields.u32(30);
    h.colours = fields.u32(46);
  }
  require(h.bits == 1 || h.bits == 4 || h.bits == 8 || h.bits == 16 || h.bits == 24 || h.bits == 32,
          "{}: BMP of {} bits a pixel; 1, 4, 8, 16, 24 and 32 are read", name, h.bits);
  require(h.compression == 0 || h.compression == 3,
          "{}: compressed BMP (method {}); only uncompressed ones are read", name, h.compression);
  if (h.bits == 16) h.masks[0] = 0x7c00, h.masks[1] = 0x3e0, h.masks[2] = 0x1f;
  if (h.compression == 3) read_masks(fields, h, name);
  if (h.bits <= 8 && h.colours == 0) h.colours = int64_t{1} << h.bits;
  // Writers that leave out the palette's size in the offset.
  if (h.bits <= 8 && h.pixels_at == 14 + h.size) h.pixels_at += h.palette_entry * h.colours;
  if (h.pixels_at == 0) h.pixels_at = h.palette_at;
  return h;
}

/// 256 entries R G B; those that are not stored are black.
std::vector<uint8_t> read_palette(const Fields& fields, const Header& h, const std::string& name) {
  std::vector<uint8_t> palette(3 * 256, 0);
  require(h.colours > 0 && h.colours <= 65536, "{}: BMP palette of {} colours", name, h.colours);
  for (int64_t i = 0; i < std::min<int64_t>(h.colours, 256); ++i) {
    const uint8_t* entry = fields.range(h.palette_at + i * h.palette_entry, 3);
    for (int channel = 0; channel < 3; ++channel) {
      palette[static_cast<size_t>(3 * i + channel)] = entry[2 - channel];
    }
  }
  return palette;
}

uint8_t masked(uint32_t pixel, uint32_t mask) {
  const int shift = __builtin_ctz(mask);
  return static_cast<uint8_t>(((pixel & mask) >> shift) * 255 / (mask >> shift));
}

void convert_row(const Header& h, const std::vector<uint8_t>& palette, const uint8_t* in,
                 uint8_t* out) {
  for (int64_t x = 0; x < h.width; ++x, out += 3) {
    if (h.bits <= 8) {
      const int64_t bit = x * h.bits;
      const int index = (in[bit / 8] >> (8 - h.bits - bit % 8)) & ((1 << h.bits) - 1);
      std::memcpy(out, &palette[static_cast<size_t>(3 * index)], 3);
      continue;
    }
    uint32_t pixel = 0;
    for (int64_t byte = 0; byte < h.bits / 8; ++byte) {
      pixel |= static_cast<uint32_t>(in[x * (h.bits / 8) + byte]) << (8 * byte);
    }
    for (int channel = 0; channel < 3; ++channel) out[channel] = masked(pixel, h.masks[channel]);
  }
}

}  // namespace

Image bmp(Bytes bytes, const std::string& name) {
  const Fields fields(bytes, name);
  const Header h = read_header(fields, name);
  const int64_t used = (h.width * h.bits + 7) / 8, stride = (h.width * h.bits + 31) / 32 * 4;
  require(h.width > 0 && h.height > 0, "{}: the BMP is {} x {} pixels", name, h.width, h.height);
  require(h.height <= max_pixels, "{}: the BMP is {} x {} pixels", name, h.width, h.height);
  fields.range(h.pixels_at, stride * (h.height - 1) + used);
  Image image = make_image(h.width, h.height, name);
  std::vector<uint8_t> palette;
  if (h.bits <= 8) palette = read_palette(fields, h, name);
  for (int64_t y = 0; y < h.height; ++y) {
    const int64_t target = h.top_down ? y : h.height - 1 - y;
    convert_row(h, palette, fields.range(h.pixels_at + stride * y, used), row_of(image, target));
  }
  return image;
}

}  // namespace dinobench::decoders
