// JPEG through libjpeg-turbo, with its default (exact) IDCT and fancy upsampling as in Pillow.
// jpeglib.h needs stdio.h before it.
#include <cstdio>
// clang-format off
#include <jpeglib.h>
// clang-format on

#include <csetjmp>

#include "data/decoders.hpp"

namespace dinobench::decoders {
namespace {

/// All that a longjmp may cross is plain data in here.
struct Job {
  jpeg_decompress_struct decoder;
  jpeg_error_mgr errors;
  jpeg_source_mgr source;
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
  bool truncated;
};

Job& job_of(j_common_ptr decoder) { return *static_cast<Job*>(decoder->client_data); }

[[noreturn]] void give_up(j_common_ptr decoder) {
  decoder->err->format_message(decoder, job_of(decoder).message);
  std::longjmp(job_of(decoder).escape, 1);
}

void stay_silent(j_common_ptr) {}  // Pillow, too, ignores warnings about damaged data
void nothing(j_decompress_ptr) {}

// The whole file lies in memory: a reader that asks for more has a truncated one. libjpeg's own
// memory source would invent an end and return a half-grey image.
boolean no_more(j_decompress_ptr decoder) {
  job_of(reinterpret_cast<j_common_ptr>(decoder)).truncated = true;
  return FALSE;
}

void skip(j_decompress_ptr decoder, long count) {
  if (count <= 0) return;
  jpeg_source_mgr& source = *decoder->src;
  const size_t step = std::min(static_cast<size_t>(count), source.bytes_in_buffer);
  source.next_input_byte += step;
  source.bytes_in_buffer -= step;
}

void prepare(Job& job, Bytes bytes) {
  job.decoder.err = jpeg_std_error(&job.errors);
  job.errors.error_exit = give_up;
  job.errors.output_message = stay_silent;
  job.decoder.client_data = &job;
  job.source = {};
  job.source.next_input_byte = bytes.data();
  job.source.bytes_in_buffer = bytes.size();
  job.source.init_source = nothing;
  job.source.term_source = nothing;
  job.source.fill_input_buffer = no_more;
  job.source.skip_input_data = skip;
  job.source.resync_to_restart = jpeg_resync_to_restart;
}

/// Reads the header; false with a message if it is damaged.
bool open(Job& job) {
  if (setjmp(job.escape) != 0) return false;
  jpeg_create_decompress(&job.decoder);
  job.decoder.src = &job.source;
  int found = JPEG_HEADER_TABLES_ONLY;
  while (found == JPEG_HEADER_TABLES_ONLY) found = jpeg_read_header(&job.decoder, FALSE);
  job.decoder.out_color_space = job.decoder.num_components == 1   ? JCS_GRAYSCALE
                                : job.decoder.num_components == 3 ? JCS_RGB
                                                                  : JCS_CMYK;
  return found == JPEG_HEADER_OK;
}

/// Three components: rows go where they belong. One or four: through `line`, one row of samples.
void spread(const Job& job, const uint8_t* line, uint8_t* out) {
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

bool read_rows(Job& job, uint8_t* pixels, uint8_t* line) {
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

struct Cleanup {
  Job& job;
  ~Cleanup() { jpeg_destroy_decompress(&job.decoder); }
};

[[noreturn]] void explain(const Job& job, const std::string& name) {
  require(!job.truncated, "{}: truncated JPEG, the data ends before the image does", name);
  fail("{}: damaged JPEG: {}", name, job.message);
}

}  // namespace

Image jpeg(Bytes bytes, const std::string& name) {
  Job job{};
  prepare(job, bytes);
  const Cleanup cleanup{job};
  if (!open(job)) explain(job, name);
  const int components = job.decoder.num_components;
  require(components == 1 || components == 3 || components == 4,
          "{}: the JPEG has {} components; 1 (grey), 3 (colour) and 4 (CMYK) are read", name,
          components);
  Image image = make_image(job.decoder.image_width, job.decoder.image_height, name);
  std::vector<uint8_t> line(static_cast<size_t>(4 * image.width));
  if (!read_rows(job, image.pixels.data(), line.data())) explain(job, name);
  return image;
}

}  // namespace dinobench::decoders
