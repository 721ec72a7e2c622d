// Portable bitmaps, greymaps and pixmaps (P1 to P6), plain and raw, any maximum value.
#include <cmath>

#include "data/decoders.hpp"

namespace dinobench::decoders {
namespace {

bool is_space(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Walks the file; comments run from # to the end of the line.
class Cursor {
 public:
  Cursor(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name), at_(2) {}

  /// Next byte that is no comment, or -1 at the end.
  int next() {
    while (at_ < bytes_.size() && bytes_[at_] == '#') {
      while (at_ < bytes_.size() && bytes_[at_] != '\n' && bytes_[at_] != '\r') ++at_;
    }
    return at_ < bytes_.size() ? bytes_[at_++] : -1;
  }

  /// A decimal number and the one byte of white space after it.
  int64_t number() {
    int c = next();
    while (is_space(c)) c = next();
    int64_t value = 0;
    int digits = 0;
    for (; c >= '0' && c <= '9'; c = next(), ++digits) {
      value = 10 * value + (c - '0');
      require(digits < 9, "{}: a number in the PNM file has more than 9 digits", name_);
    }
    require(c >= 0 || digits > 0, "{}: truncated PNM, the data ends before the image does", name_);
    require(digits > 0 && (c < 0 || is_space(c)), "{}: damaged PNM: a number was expected, not {}",
            name_, c < 0 ? std::string("the end") : fmt::format("byte 0x{:02x}", c));
    return value;
  }

  /// The next 0 or 1 of a plain bitmap, where white space is optional.
  int bit() {
    int c = next();
    while (is_space(c)) c = next();
    require(c >= 0, "{}: truncated PNM, the data ends before the image does", name_);
    require(c == '0' || c == '1', "{}: damaged PNM: 0 or 1 was expected, not byte 0x{:02x}", name_,
            c);
    return c - '0';
  }

  /// `count` raw bytes.
  const uint8_t* raw(int64_t count) {
    require(count <= static_cast<int64_t>(bytes_.size() - at_),
            "{}: truncated PNM, the data ends before the image does", name_);
    const uint8_t* here = bytes_.data() + at_;
    at_ += static_cast<size_t>(count);
    return here;
  }

 private:
  Bytes bytes_;
  const std::string& name_;
  size_t at_;
};

/// A stored value as 8 bits. Grey with a maximum above 255 is a 32-bit image in Pillow: it is
/// brought to 0..65535 and then clipped, not scaled.
uint8_t to_byte(int64_t value, int64_t maximum, bool grey) {
  const int64_t range = grey && maximum > 255 ? 65535 : 255;
  const double scaled = static_cast<double>(value) / static_cast<double>(maximum);
  return clip_grey(static_cast<int64_t>(std::nearbyint(scaled * static_cast<double>(range))));
}

void read_bitmap(Cursor& cursor, bool plain, Image& image) {
  const int64_t stride = (image.width + 7) / 8;
  for (int64_t y = 0; y < image.height; ++y) {
    const uint8_t* packed = plain ? nullptr : cursor.raw(stride);
    uint8_t* out = row_of(image, y);
    for (int64_t x = 0; x < image.width; ++x, out += 3) {
      const int black = plain ? cursor.bit() : (packed[x / 8] >> (7 - x % 8)) & 1;
      put_grey(out, black != 0 ? 0 : 255);
    }
  }
}

void read_plain(Cursor& cursor, int64_t maximum, int64_t channels, const std::string& name,
                Image& image) {
  for (size_t i = 0; i < image.pixels.size(); i += static_cast<size_t>(4 - channels)) {
    const int64_t value = cursor.number();
    require(value <= maximum, "{}: damaged PNM: value {} above the maximum {}", name, value,
            maximum);
    const uint8_t byte = to_byte(value, maximum, channels == 1);
    if (channels == 1) {
      put_grey(&image.pixels[i], byte);
    } else {
      image.pixels[i] = byte;
    }
  }
}

void read_raw(Cursor& cursor, int64_t maximum, int64_t channels, Image& image) {
  const int64_t size = maximum < 256 ? 1 : 2;
  for (int64_t y = 0; y < image.height; ++y) {
    const uint8_t* in = cursor.raw(image.width * channels * size);
    uint8_t* out = row_of(image, y);
    for (int64_t i = 0; i < image.width * channels; ++i, in += size) {
      const int64_t value = size == 1 ? in[0] : in[0] * 256 + in[1];
      const uint8_t byte = to_byte(value, maximum, channels == 1);
      if (channels == 1) {
        put_grey(out + 3 * i, byte);
      } else {
        out[i] = byte;
      }
    }
  }
}

}  // namespace

Image pnm(Bytes bytes, const std::string& name) {
  require(bytes.size() > 2 && is_space(bytes[2]), "{}: damaged PNM header", name);
  const int kind = bytes[1] - '0';
  const bool plain = kind <= 3, bitmap = kind == 1 || kind == 4;
  const int64_t channels = kind == 3 || kind == 6 ? 3 : 1;
  Cursor cursor(bytes, name);
  const int64_t width = cursor.number(), height = cursor.number();
  const int64_t maximum = bitmap ? 1 : cursor.number();
  require(maximum > 0 && maximum < 65536, "{}: the PNM maximum is {}, not in 1..65535", name,
          maximum);
  // The smallest file that can hold so many samples: nothing large is allocated for a short one.
  const int64_t samples = std::min(width, max_pixels) * std::min(height, max_pixels) * channels;
  require(width <= max_pixels && height <= max_pixels &&
              samples / (kind == 4 ? 8 : 1) <= static_cast<int64_t>(bytes.size()),
          "{}: truncated PNM, {} bytes cannot hold {} x {} pixels", name, bytes.size(), width,
          height);
  Image image = make_image(width, height, name);
  if (bitmap) {
    read_bitmap(cursor, plain, image);
  } else if (plain) {
    read_plain(cursor, maximum, channels, name, image);
  } else {
    read_raw(cursor, maximum, channels, image);
  }
  return image;
}

}  // namespace dinobench::decoders
