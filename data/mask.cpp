// Index images as PNG through libpng: indices and grey values as stored, never their colours.
#include "data/mask.hpp"

#include <png.h>

#include <csetjmp>
#include <cstring>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/decoders.hpp"
#include "data/transforms.hpp"

namespace dinobench {
namespace {

/// What crosses libpng's longjmp: plain data.
struct Input {
  png_structp reader = nullptr;
  png_infop info = nullptr;
  const char* next = nullptr;
  size_t left = 0;
  char message[200] = "";
  png_uint_32 width = 0, height = 0;
  int depth = 0, colour = 0;
  ~Input() { png_destroy_read_struct(&reader, &info, nullptr); }
};

[[noreturn]] void give_up(png_structp reader, png_const_charp text) {
  Input& input = *static_cast<Input*>(png_get_error_ptr(reader));
  std::strncpy(input.message, text, sizeof(input.message) - 1);
  png_longjmp(reader, 1);
}

void stay_silent(png_structp, png_const_charp) {}

void take(png_structp reader, png_bytep out, size_t count) {
  Input& input = *static_cast<Input*>(png_get_io_ptr(reader));
  if (count > input.left) png_error(reader, "the data ends before the image does");
  std::memcpy(out, input.next, count);
  input.next += count;
  input.left -= count;
}

bool read_header(Input& input) {
  if (setjmp(png_jmpbuf(input.reader)) != 0) return false;
  png_set_read_fn(input.reader, &input, take);
  png_set_crc_action(input.reader, PNG_CRC_DEFAULT, PNG_CRC_QUIET_USE);
  png_set_check_for_invalid_index(input.reader, -1);  // 255 is void, with or without a colour
  png_read_info(input.reader, input.info);
  png_get_IHDR(input.reader, input.info, &input.width, &input.height, &input.depth, &input.colour,
               nullptr, nullptr, nullptr);
  return true;
}

/// Rows of one byte a pixel, 1, 2 and 4 bits widened.
bool read_rows(Input& input, uint8_t** rows) {
  if (setjmp(png_jmpbuf(input.reader)) != 0) return false;
  png_set_packing(input.reader);
  png_set_interlace_handling(input.reader);
  png_read_update_info(input.reader, input.info);
  png_read_image(input.reader, rows);
  return true;
}

std::string kind_of(const Input& input) {
  const bool alpha = (input.colour & PNG_COLOR_MASK_ALPHA) != 0;
  const bool colour = (input.colour & PNG_COLOR_MASK_COLOR) != 0;
  return fmt::format("{}-bit {}{}", input.depth, colour ? "RGB" : "grey",
                     alpha ? " with alpha" : "");
}

std::vector<uint8_t*> rows_of(Mask& mask) {
  std::vector<uint8_t*> rows(static_cast<size_t>(mask.height));
  for (size_t y = 0; y < rows.size(); ++y)
    rows[y] = mask.values.data() + static_cast<size_t>(mask.width) * y;
  return rows;
}

}  // namespace

Mask read_mask(const std::filesystem::path& path) {
  const std::string bytes = read_file(path), name = path.string();
  require(bytes.starts_with("\x89PNG\r\n\x1a\n"), "{}: not a PNG; masks are palette or grey PNGs",
          name);
  Input input;
  input.next = bytes.data();
  input.left = bytes.size();
  input.reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, &input, give_up, stay_silent);
  require(input.reader != nullptr, "{}: libpng cannot start", name);
  input.info = png_create_info_struct(input.reader);
  require(read_header(input), "{}: damaged PNG: {}", name, input.message);
  const bool palette = input.colour == PNG_COLOR_TYPE_PALETTE;
  require(palette || (input.colour == PNG_COLOR_TYPE_GRAY && input.depth == 8),
          "{}: this PNG is {}; a mask is a palette PNG or an 8-bit grey one", name, kind_of(input));
  require(int64_t{input.width} * int64_t{input.height} <= decoders::max_pixels,
          "{}: the mask is {} x {} pixels, more than the {} that are read", name, input.width,
          input.height, decoders::max_pixels);
  Mask mask{input.width, input.height, {}, palette};
  mask.values.resize(static_cast<size_t>(mask.width * mask.height));
  std::vector<uint8_t*> rows = rows_of(mask);
  require(read_rows(input, rows.data()), "{}: damaged PNG: {}", name, input.message);
  return mask;
}

Mask resize_nearest(const Mask& mask, int64_t width, int64_t height) {
  require(mask.width > 0 && mask.height > 0 &&
              mask.values.size() == static_cast<size_t>(mask.width * mask.height),
          "resize: a mask of {} x {} pixels with {} values", mask.width, mask.height,
          mask.values.size());
  Image image{mask.width, mask.height, {}};  // three equal channels: one rule for masks and images
  image.pixels.reserve(3 * mask.values.size());
  for (const uint8_t value : mask.values) image.pixels.insert(image.pixels.end(), 3, value);
  const Image resized = resize(image, width, height, Filter::nearest);
  Mask out{width, height, {}, mask.has_palette};
  out.values.reserve(static_cast<size_t>(width * height));
  for (size_t i = 0; i < resized.pixels.size(); i += 3) out.values.push_back(resized.pixels[i]);
  return out;
}

}  // namespace dinobench
