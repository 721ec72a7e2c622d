// An 8-bit RGB image in memory and the readers that make one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace dinobench {

/// Rows top to bottom, three interleaved channels R G B, no padding: pixels.size() == 3 * width *
/// height.
struct Image {
  int64_t width = 0, height = 0;
  std::vector<uint8_t> pixels;
};

/// Decodes by content, never by suffix: JPEG, PNG, BMP, PPM/PGM/PBM, TIFF, WebP. Converted to RGB
/// as Pillow's `Image.open(f).convert("RGB")` does (grey, palette, 16-bit, CMYK, alpha dropped,
/// EXIF orientation ignored). Errors (input) name the file and say what is wrong with it.
Image decode_image(const std::filesystem::path& path);
Image decode_image(std::span<const std::byte> bytes, const std::string& name);

/// Writes an 8-bit RGB PNG (atomic).
void write_png(const Image& image, const std::filesystem::path& path);

}  // namespace dinobench
