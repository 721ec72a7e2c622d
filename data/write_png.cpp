// Writing an 8-bit RGB PNG: made in memory, then put in place whole.
#include <png.h>

#include <csetjmp>
#include <cstring>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/image.hpp"

namespace dinobench {
namespace {

void append_bytes(png_structp writer, png_bytep bytes, size_t count) {
  auto& out = *static_cast<std::string*>(png_get_io_ptr(writer));
  out.append(reinterpret_cast<const char*>(bytes), count);
}

void flush_none(png_structp) {}

struct PngWriter {
  png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = writer != nullptr ? png_create_info_struct(writer) : nullptr;
  ~PngWriter() { png_destroy_write_struct(&writer, &info); }
};

bool encode(const PngWriter& png, const Image& image, uint8_t** rows, std::string& out) {
  if (setjmp(png_jmpbuf(png.writer)) != 0) return false;
  png_set_write_fn(png.writer, &out, append_bytes, flush_none);
  png_set_IHDR(png.writer, png.info, static_cast<png_uint_32>(image.width),
               static_cast<png_uint_32>(image.height), 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png.writer, 4);
  png_write_info(png.writer, png.info);
  png_write_image(png.writer, rows);
  png_write_end(png.writer, nullptr);
  return true;
}

}  // namespace

void write_png(const Image& image, const std::filesystem::path& path) {
  require(image.width > 0 && image.height > 0 &&
              image.pixels.size() == static_cast<size_t>(3 * image.width * image.height),
          "{}: cannot write an image of {} x {} pixels from {} bytes", path.string(), image.width,
          image.height, image.pixels.size());
  std::vector<uint8_t*> rows(static_cast<size_t>(image.height));
  for (size_t y = 0; y < rows.size(); ++y) {
    rows[y] = const_cast<uint8_t*>(image.pixels.data()) + 3 * static_cast<size_t>(image.width) * y;
  }
  const PngWriter png;
  std::string encoded;
  if (png.info == nullptr || !encode(png, image, rows.data(), encoded)) {
    fail_run("{}: libpng cannot encode the image", path.string());
  }
  AtomicFile file(path);
  file.write(encoded);
  file.commit();
}

}  // namespace dinobench
