// Writing an index image as an 8-bit palette PNG: made in memory, then put in place whole.
#include <png.h>

#include <csetjmp>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/mask.hpp"

namespace dinobench {
namespace {

/// Colour i of PASCAL VOC: its bits, three by three, from the highest bit of R, G and B down.
png_color voc_colour(unsigned index) {
  unsigned rgb[3] = {0, 0, 0};
  for (unsigned bit = 0; bit < 8; ++bit, index >>= 3)
    for (unsigned channel = 0; channel < 3; ++channel)
      rgb[channel] |= ((index >> channel) & 1) << (7 - bit);
  return {static_cast<png_byte>(rgb[0]), static_cast<png_byte>(rgb[1]),
          static_cast<png_byte>(rgb[2])};
}

struct Output {
  png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = writer != nullptr ? png_create_info_struct(writer) : nullptr;
  ~Output() { png_destroy_write_struct(&writer, &info); }
};

void append(png_structp writer, png_bytep bytes, size_t count) {
  auto& out = *static_cast<std::string*>(png_get_io_ptr(writer));
  out.append(reinterpret_cast<const char*>(bytes), count);
}

void flush_nothing(png_structp) {}

bool encode(const Output& png, const Mask& mask, const png_color* palette, uint8_t** rows,
            std::string& out) {
  if (setjmp(png_jmpbuf(png.writer)) != 0) return false;
  png_set_write_fn(png.writer, &out, append, flush_nothing);
  png_set_IHDR(png.writer, png.info, static_cast<png_uint_32>(mask.width),
               static_cast<png_uint_32>(mask.height), 8, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_PLTE(png.writer, png.info, palette, 256);
  png_write_info(png.writer, png.info);
  png_write_image(png.writer, rows);
  png_write_end(png.writer, nullptr);
  return true;
}

}  // namespace

void write_mask(const Mask& mask, const std::filesystem::path& path) {
  require(mask.width > 0 && mask.height > 0 &&
              mask.values.size() == static_cast<size_t>(mask.width * mask.height),
          "{}: cannot write a mask of {} x {} pixels from {} values", path.string(), mask.width,
          mask.height, mask.values.size());
  std::vector<png_color> palette;
  for (unsigned index = 0; index < 256; ++index) palette.push_back(voc_colour(index));
  std::vector<uint8_t*> rows(static_cast<size_t>(mask.height));
  for (size_t y = 0; y < rows.size(); ++y)
    rows[y] = const_cast<uint8_t*>(mask.values.data()) + static_cast<size_t>(mask.width) * y;
  const Output png;
  std::string encoded;
  if (png.info == nullptr || !encode(png, mask, palette.data(), rows.data(), encoded))
    fail_run("{}: libpng cannot encode the mask", path.string());
  AtomicFile file(path);
  file.write(encoded);
  file.commit();
}

}  // namespace dinobench
