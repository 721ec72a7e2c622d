// The first page of a TIFF through libtiff: 1 to 16 bits, grey, RGB, palette, CMYK and YCbCr, in
// strips or tiles. As in Pillow the orientation tag is obeyed (here, and only here).
#include <tiffio.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

#include "data/decoders.hpp"

namespace dinobench::decoders {
namespace {

/// The file as libtiff reads it, and its last complaint.
struct Source {
  Bytes bytes;
  size_t at = 0;
  bool ran_out = false;  // a read reached beyond the end
  std::string message = "libtiff cannot read it";
};

tmsize_t read_some(thandle_t handle, void* out, tmsize_t count) {
  Source& s = *static_cast<Source*>(handle);
  const size_t step = std::min(static_cast<size_t>(count), s.bytes.size() - s.at);
  std::memcpy(out, s.bytes.data() + s.at, step);
  s.at += step;
  if (step < static_cast<size_t>(count)) s.ran_out = true;
  return static_cast<tmsize_t>(step);
}
tmsize_t write_none(thandle_t, void*, tmsize_t) { return 0; }
toff_t seek(thandle_t handle, toff_t offset, int whence) {
  Source& s = *static_cast<Source*>(handle);
  const toff_t base = whence == SEEK_CUR ? s.at : whence == SEEK_END ? s.bytes.size() : 0;
  s.at = static_cast<size_t>(std::min<toff_t>(base + offset, s.bytes.size()));
  return s.at;
}
int close_nothing(thandle_t) { return 0; }
toff_t size_of(thandle_t handle) { return static_cast<Source*>(handle)->bytes.size(); }

int keep_message(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  char text[200];
  std::vsnprintf(text, sizeof(text), format, arguments);
  static_cast<Source*>(user)->message = text;
  return 1;
}
int stay_silent(TIFF*, void*, const char*, const char*, va_list) { return 1; }

struct Close {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Handle = std::unique_ptr<TIFF, Close>;

Handle open(Source& source) {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options, keep_message, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options, stay_silent, nullptr);
  // "m": no memory mapping, all reads go through read_some.
  Handle handle(TIFFClientOpenExt("image", "rm", &source, read_some, write_none, seek,
                                  close_nothing, size_of, nullptr, nullptr, options));
  TIFFOpenOptionsFree(options);
  return handle;
}

struct Layout {
  uint32_t width = 0, height = 0;
  uint16_t bits = 1, samples = 1, photometric = 0, planar = 1, format = 1, compression = 1;
  uint16_t orientation = 1, extra_count = 0, alpha = EXTRASAMPLE_UNSPECIFIED;
  uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
};

Layout read_layout(TIFF* tiff, const std::string& name) {
  Layout l;
  const bool sized = TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &l.width) == 1 &&
                     TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &l.height) == 1;
  require(sized, "{}: damaged TIFF: it does not say its size", name);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &l.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &l.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &l.planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &l.format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &l.compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &l.orientation);
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &l.photometric);
  uint16_t* extra = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &l.extra_count, &extra) == 1 && l.extra_count > 0) {
    l.alpha = extra[0];
  }
  if (l.photometric == PHOTOMETRIC_PALETTE) {
    require(TIFFGetField(tiff, TIFFTAG_COLORMAP, &l.red, &l.green, &l.blue) == 1,
            "{}: damaged TIFF: a palette image without a palette", name);
  }
  return l;
}

int colours_of(const Layout& l) {
  return l.photometric == PHOTOMETRIC_RGB ? 3 : l.photometric == PHOTOMETRIC_SEPARATED ? 4 : 1;
}

void check_layout(const Layout& l, const std::string& name) {
  const bool known = l.photometric == PHOTOMETRIC_MINISWHITE ||
                     l.photometric == PHOTOMETRIC_MINISBLACK || l.photometric == PHOTOMETRIC_RGB ||
                     l.photometric == PHOTOMETRIC_PALETTE || l.photometric == PHOTOMETRIC_SEPARATED;
  require(known, "{}: TIFF colour space {}; grey, RGB, palette, CMYK and YCbCr are read", name,
          l.photometric);
  const bool bits = l.bits == 8 || (l.bits == 16 && l.photometric != PHOTOMETRIC_PALETTE) ||
                    (l.samples == 1 && (l.bits == 1 || l.bits == 2 || l.bits == 4));
  require(
      bits && (l.format == SAMPLEFORMAT_UINT || (l.format == SAMPLEFORMAT_INT && l.samples == 1)),
      "{}: TIFF with {} samples of {} bits (format {}), which is not read", name, l.samples, l.bits,
      l.format);
  require(l.samples >= colours_of(l) && l.samples <= 6, "{}: TIFF with {} samples a pixel", name,
          l.samples);
}

/// All samples as 16 bits, pixel by pixel, whatever the order in the file.
class Samples {
 public:
  Samples(TIFF* tiff, const Layout& layout, const Source& source, const std::string& name)
      : layout_(layout),
        values_(static_cast<size_t>(layout.width) * layout.height * layout.samples) {
    const int planes = layout.planar == PLANARCONFIG_SEPARATE ? layout.samples : 1;
    for (int plane = 0; plane < planes; ++plane) {
      const bool read = TIFFIsTiled(tiff) != 0 ? read_tiles(tiff, plane) : read_rows(tiff, plane);
      require(read, "{}: damaged or truncated TIFF: {}", name, source.message);
    }
  }
  const uint16_t* pixel(uint32_t x, uint32_t y) const {
    return &values_[(static_cast<size_t>(y) * layout_.width + x) * layout_.samples];
  }

 private:
  bool read_rows(TIFF* tiff, int plane) {
    std::vector<uint8_t> line(static_cast<size_t>(TIFFScanlineSize(tiff)));
    for (uint32_t y = 0; y < layout_.height; ++y) {
      if (TIFFReadScanline(tiff, line.data(), y, static_cast<uint16_t>(plane)) != 1) return false;
      spread(line.data(), line.size(), 0, y, layout_.width, plane);
    }
    return true;
  }
  bool read_tiles(TIFF* tiff, int plane) {
    uint32_t width = 0, height = 0;
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
    const auto stride = static_cast<size_t>(TIFFTileRowSize(tiff));
    if (width == 0 || height == 0 || static_cast<int64_t>(stride) * height > 3 * max_pixels) {
      return false;
    }
    std::vector<uint8_t> tile(static_cast<size_t>(TIFFTileSize(tiff)));
    for (uint32_t y = 0; y < layout_.height; y += height) {
      for (uint32_t x = 0; x < layout_.width; x += width) {
        if (TIFFReadTile(tiff, tile.data(), x, y, 0, static_cast<uint16_t>(plane)) < 0) {
          return false;
        }
        const uint32_t columns = std::min(width, layout_.width - x);
        for (uint32_t row = 0; row < std::min(height, layout_.height - y); ++row) {
          spread(tile.data() + row * stride, stride, x, y + row, columns, plane);
        }
      }
    }
    return true;
  }
  void spread(const uint8_t* line, size_t size, uint32_t x, uint32_t y, uint32_t columns,
              int plane) {
    const bool separate = layout_.planar == PLANARCONFIG_SEPARATE;
    const uint32_t in_line = separate ? 1 : layout_.samples;
    uint16_t* out = &values_[(static_cast<size_t>(y) * layout_.width + x) * layout_.samples];
    for (uint32_t i = 0; i < columns * in_line; ++i) {
      const size_t bit = static_cast<size_t>(i) * layout_.bits;
      if ((bit + layout_.bits + 7) / 8 > size) return;
      uint16_t value = 0;
      if (layout_.bits == 16) {
        std::memcpy(&value, line + 2 * static_cast<size_t>(i), 2);
      } else {
        value = static_cast<uint16_t>((line[bit / 8] >> (8 - layout_.bits - bit % 8)) &
                                      ((1 << layout_.bits) - 1));
      }
      out[separate ? i * layout_.samples + static_cast<uint32_t>(plane) : i] = value;
    }
  }

  const Layout& layout_;
  std::vector<uint16_t> values_;
};

uint8_t grey(const Layout& l, uint16_t value) {
  const bool inverted = l.photometric == PHOTOMETRIC_MINISWHITE;
  if (l.bits == 16) {  // Pillow clips these, and does not turn them round
    return clip_grey(l.format == SAMPLEFORMAT_INT ? static_cast<int16_t>(value) : value);
  }
  const int full = (1 << l.bits) - 1;
  return static_cast<uint8_t>((inverted ? full - value : value) * (255 / full));
}

/// Alpha that was multiplied in is divided out; any other is dropped.
void put_rgb(const Layout& l, const uint16_t* in, uint8_t* out) {
  const int shift = l.bits - 8;
  const bool multiplied = l.extra_count > 0 && l.alpha == EXTRASAMPLE_ASSOCALPHA && l.samples > 3;
  const int alpha = multiplied ? in[3] >> shift : 255;
  for (int channel = 0; channel < 3; ++channel) {
    const int value = in[channel] >> shift;
    out[channel] = alpha == 255 ? static_cast<uint8_t>(value)
                   : alpha == 0 ? 0
                                : clip_grey(255 * value / alpha);
  }
}

void put_pixel(const Layout& l, const uint16_t* in, uint8_t* out) {
  if (l.photometric == PHOTOMETRIC_PALETTE) {
    out[0] = static_cast<uint8_t>(l.red[in[0]] >> 8);
    out[1] = static_cast<uint8_t>(l.green[in[0]] >> 8);
    out[2] = static_cast<uint8_t>(l.blue[in[0]] >> 8);
  } else if (l.photometric == PHOTOMETRIC_RGB) {
    put_rgb(l, in, out);
  } else if (l.photometric == PHOTOMETRIC_SEPARATED) {
    uint8_t cmyk[4];
    for (int ink = 0; ink < 4; ++ink) cmyk[ink] = static_cast<uint8_t>(in[ink] >> (l.bits - 8));
    put_cmyk(out, cmyk);
  } else {
    put_grey(out, grey(l, in[0]));
  }
}

/// YCbCr (JPEG inside TIFF above all) goes through libtiff's own conversion, as in Pillow.
Image read_ycbcr(TIFF* tiff, const Layout& l, const Source& source, const std::string& name) {
  Image image = make_image(l.width, l.height, name);
  std::vector<uint32_t> pixels(static_cast<size_t>(l.width) * l.height);
  require(TIFFReadRGBAImageOriented(tiff, l.width, l.height, pixels.data(), ORIENTATION_TOPLEFT,
                                    1) == 1,
          "{}: damaged or truncated TIFF: {}", name, source.message);
  for (size_t i = 0; i < pixels.size(); ++i) {
    image.pixels[3 * i] = static_cast<uint8_t>(TIFFGetR(pixels[i]));
    image.pixels[3 * i + 1] = static_cast<uint8_t>(TIFFGetG(pixels[i]));
    image.pixels[3 * i + 2] = static_cast<uint8_t>(TIFFGetB(pixels[i]));
  }
  return image;
}

/// Orientations 1 to 8 of the tag: bit 2 swaps the axes, the others mirror.
Image turn(const Image& in, int orientation, const std::string& name) {
  if (orientation < 2 || orientation > 8) return in;
  const bool swap = orientation >= 5;
  const bool mirror_x =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirror_y =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image out = make_image(swap ? in.height : in.width, swap ? in.width : in.height, name);
  for (int64_t y = 0; y < out.height; ++y) {
    for (int64_t x = 0; x < out.width; ++x) {
      const int64_t column = swap ? y : x, row = swap ? x : y;
      const int64_t from_x = mirror_x ? in.width - 1 - column : column;
      const int64_t from_y = mirror_y ? in.height - 1 - row : row;
      std::memcpy(row_of(out, y) + 3 * x,
                  &in.pixels[static_cast<size_t>(3 * (from_y * in.width + from_x))], 3);
    }
  }
  return out;
}

}  // namespace

Image tiff(Bytes bytes, const std::string& name) {
  Source source{bytes};
  const Handle handle = open(source);
  require(handle != nullptr, "{}: damaged TIFF: {}", name, source.message);
  const Layout layout = read_layout(handle.get(), name);
  // libtiff goes on without a tag it could not read, and would show a palette image as grey.
  require(!source.ran_out, "{}: truncated TIFF, its tags are incomplete", name);
  if (layout.photometric == PHOTOMETRIC_YCBCR) {
    return turn(read_ycbcr(handle.get(), layout, source, name), layout.orientation, name);
  }
  check_layout(layout, name);
  Image image = make_image(layout.width, layout.height, name);
  const Samples samples(handle.get(), layout, source, name);
  for (uint32_t y = 0; y < layout.height; ++y) {
    uint8_t* out = row_of(image, y);
    for (uint32_t x = 0; x < layout.width; ++x) {
      put_pixel(layout, samples.pixel(x, y), out + 3 * x);
    }
  }
  return turn(image, layout.orientation, name);
}

}  // namespace dinobench::decoders
