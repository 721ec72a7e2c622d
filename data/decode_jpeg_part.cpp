// The rows and columns of a baseline JPEG that a box needs. Columns and rows beside it are decoded
// too, since upsampling the colours mixes neighbours: the pixels of the box are those of the whole.
#include <iterator>

#include "data/decode_part.hpp"
#include "data/jpeg_job.hpp"

namespace dinobench {
namespace decode_jpeg_part {
namespace {

using namespace decoders;

constexpr int64_t kBeside = 16;        // pixels; upsampling reaches two
constexpr int64_t kSmall = 100 * 100;  // pixels that are decoded before much is saved

/// Whether decoding stops anywhere without a trace: one pass over the data, Huffman codes.
bool is_plain(JpegJob& job) {
  return job.decoder.num_components == 3 && !jpeg_has_multiple_scans(&job.decoder) &&
         !job.decoder.arith_code;
}

/// Whether an end marker comes: the rest may then be damaged, but decoding it cannot fail.
bool has_end(const jpeg_source_mgr& source) {
  for (size_t left = source.bytes_in_buffer; left >= 2; --left) {
    const uint8_t* at = source.next_input_byte + left - 2;
    if (at[0] == 0xff && at[1] == JPEG_EOI) return true;
  }
  return false;
}

/// False if this went not smoothly.
bool read_box(JpegJob& job, Box box, uint8_t* pixels) {
  if (setjmp(job.escape) != 0) return false;
  if (!jpeg_start_decompress(&job.decoder)) return false;
  const auto full = static_cast<int64_t>(job.decoder.output_width);
  const int64_t left = std::max<int64_t>(box.left - kBeside, 0);
  const int64_t right = std::min(box.left + box.width + kBeside, full);
  auto x = static_cast<JDIMENSION>(left), width = static_cast<JDIMENSION>(right - left);
  if (right - left < full) jpeg_crop_scanline(&job.decoder, &x, &width);
  const int64_t top = std::max<int64_t>(box.top - kBeside, 0);
  if (top > 0) jpeg_skip_scanlines(&job.decoder, static_cast<JDIMENSION>(top));
  const auto bottom = static_cast<JDIMENSION>(box.top + box.height);
  while (job.decoder.output_scanline < bottom) {
    JSAMPROW row = pixels + 3 * (full * job.decoder.output_scanline + x);
    if (jpeg_read_scanlines(&job.decoder, &row, 1) != 1) return false;
  }
  return !job.truncated && job.errors.num_warnings == 0 && has_end(job.source);
}

}  // namespace

Image read(Bytes bytes, const std::string& name, const WantedBox& wanted) {
  JpegJob job{};
  const JpegCleanup cleanup{job};
  if (!open_jpeg(job, bytes)) explain(job, name);
  const int64_t width = job.decoder.image_width, height = job.decoder.image_height;
  if (!is_plain(job) || width * height < kSmall) return jpeg(bytes, name);
  Image image = make_image(width, height, name);
  const Box box = wanted(width, height);
  if (read_box_fast(job.decoder, box, image.pixels.data())) return image;
  if (read_box(job, box, image.pixels.data())) return image;
  return jpeg(bytes, name);  // the whole file says what is wrong with it
}

}  // namespace decode_jpeg_part

Image decode_part(std::span<const std::byte> bytes, const std::string& name,
                  const WantedBox& wanted) {
  const decoders::Bytes content(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return decoders::is_jpeg(content) ? decode_jpeg_part::read(content, name, wanted)
                                    : decode_image(bytes, name);
}

}  // namespace dinobench
