// The first page of a TIFF through libtiff: 1 to 16 bits, grey, RGB, palette, CMYK and YCbCr, in
// strips or tiles. As in Pillow the orientation tag is obeyed (here, and only here).
#include <tiffio.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

#include "data/decoders.hpp"
#include "data/tiff_pixels.hpp"

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

TiffLayout read_layout(TIFF* tiff, const std::string& name) {
  TiffLayout l;
  const bool sized = TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &l.width) == 1 &&
                     TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &l.height) == 1;
  require(sized, "{}: damaged TIFF: it does not say its size", name);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &l.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &l.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &l.planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &l.format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &l.compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &l.orientation);
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &l.colour);
  uint16_t* extra = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &l.extra_count, &extra) == 1 && l.extra_count > 0) {
    l.extra_kind = extra[0];
  }
  if (l.colour == tiff_palette) {
    uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
    require(TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue) == 1,
            "{}: damaged TIFF: a palette image without a palette", name);
    l.red = red, l.green = green, l.blue = blue;
  }
  return l;
}

/// All samples as 16 bits, pixel by pixel, whatever the order in the file.
class Samples {
 public:
  Samples(TIFF* tiff, const TiffLayout& layout, const Source& source, const std::string& name)
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

  const TiffLayout& layout_;
  std::vector<uint16_t> values_;
};

/// YCbCr (JPEG inside TIFF above all) goes through libtiff's own conversion, as in Pillow.
Image read_ycbcr(TIFF* tiff, const TiffLayout& l, const Source& source, const std::string& name) {
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

}  // namespace

Image tiff(Bytes bytes, const std::string& name) {
  Source source{bytes};
  const Handle handle = open(source);
  require(handle != nullptr, "{}: damaged TIFF: {}", name, source.message);
  const TiffLayout layout = read_layout(handle.get(), name);
  // libtiff goes on without a tag it could not read, and would show a palette image as grey.
  require(!source.ran_out, "{}: truncated TIFF, its tags are incomplete", name);
  if (layout.colour == tiff_ycbcr) {
    return turn_image(read_ycbcr(handle.get(), layout, source, name), layout.orientation, name);
  }
  check_tiff_layout(layout, name);
  Image image = make_image(layout.width, layout.height, name);
  const Samples samples(handle.get(), layout, source, name);
  for (uint32_t y = 0; y < layout.height; ++y) {
    uint8_t* out = row_of(image, y);
    for (uint32_t x = 0; x < layout.width; ++x) {
      put_tiff_pixel(layout, samples.pixel(x, y), out + 3 * x);
    }
  }
  return turn_image(image, layout.orientation, name);
}

}  // namespace dinobench::decoders
