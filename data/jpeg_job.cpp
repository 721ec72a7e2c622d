// A decoder that reads from memory, stays silent and never exits.
#include "data/jpeg_job.hpp"

namespace dinobench::decoders {
namespace {

JpegJob& job_of(j_common_ptr decoder) { return *static_cast<JpegJob*>(decoder->client_data); }

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

void prepare(JpegJob& job, Bytes bytes) {
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

}  // namespace

bool open_jpeg(JpegJob& job, Bytes bytes) {
  prepare(job, bytes);
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

void explain(const JpegJob& job, const std::string& name) {
  require(!job.truncated, "{}: truncated JPEG, the data ends before the image does", name);
  fail("{}: damaged JPEG: {}", name, job.message);
}

}  // namespace dinobench::decoders
