// JPEG with the default (exact) IDCT and fancy upsampling of libjpeg-turbo, as in Pillow; by itself
// where decode_jpeg_fast.cpp does not take the file.
#include "data/jpeg_job.hpp"

namespace dinobench::decoders {
namespace {

/// Three components: rows go where they belong. One or four: through `line`, one row of samples.
void spread(const JpegJob& job, const uint8_t* line, uint8_t* out) {
  const auto width = static_cast<int64_t>(job.decoder.output_width);
  for (int64_t x = 0; x < width; ++x, out += 3) {
    if (job.decoder.num_components == 1) {
      put_grey(out, line[x]);
    } else {  // Adobe's convention, which Pillow assumes: inks are stored inverted
      uint8_t cmyk[4];
      for (int ink = 0; ink < 4; ++ink) cmyk[ink] = static_cast<uint8_t>(255 - line[4 * x + ink]);
      put_cmyk(out, cmyk);
    }
  }
}

bool read_rows(JpegJob& job, uint8_t* pixels, uint8_t* line) {
  if (setjmp(job.escape) != 0) return false;
  if (!jpeg_start_decompress(&job.decoder)) return false;
  const size_t stride = 3 * static_cast<size_t>(job.decoder.output_width);
  const bool direct = job.decoder.num_components == 3;
  while (job.decoder.output_scanline < job.decoder.output_height) {
    uint8_t* out = pixels + stride * job.decoder.output_scanline;
    JSAMPROW target = direct ? out : line;
    if (jpeg_read_scanlines(&job.decoder, &target, 1) != 1) return false;
    if (!direct) spread(job, line, out);
  }
  return true;
}

}  // namespace

Image jpeg(Bytes bytes, const std::string& name) {
  JpegJob job{};
  const JpegCleanup cleanup{job};
  if (!open_jpeg(job, bytes)) explain(job, name);
  const int components = job.decoder.num_components;
  require(components == 1 || components == 3 || components == 4,
          "{}: the JPEG has {} components; 1 (grey), 3 (colour) and 4 (CMYK) are read", name,
          components);
  Image image = make_image(job.decoder.image_width, job.decoder.image_height, name);
  const Box whole{0, 0, image.width, image.height};
  if (read_box_fast(job.decoder, whole, image.pixels.data())) return image;
  std::vector<uint8_t> line(static_cast<size_t>(4 * image.width));
  if (!read_rows(job, image.pixels.data(), line.data())) explain(job, name);
  return image;
}

}  // namespace dinobench::decoders
