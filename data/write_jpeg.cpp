// Writing a baseline JPEG through libjpeg-turbo: made in memory, then put in place whole.
#include "data/write_jpeg.hpp"

// jpeglib.h needs stdio.h before it.
#include <cstdio>
// clang-format off
#include <jpeglib.h>
// clang-format on

#include <csetjmp>
#include <cstdlib>

#include "core/atomic_file.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace {

/// All that a longjmp may cross is plain data in here.
struct JpegWriter {
  jpeg_compress_struct encoder;
  jpeg_error_mgr errors;
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
  unsigned char* bytes;
  unsigned long size;
};

[[noreturn]] void give_up(j_common_ptr encoder) {
  auto& writer = *static_cast<JpegWriter*>(encoder->client_data);
  encoder->err->format_message(encoder, writer.message);
  std::longjmp(writer.escape, 1);
}

/// Frees what libjpeg holds, its output too.
struct JpegCleanup {
  JpegWriter& writer;
  ~JpegCleanup() {
    jpeg_destroy_compress(&writer.encoder);
    std::free(writer.bytes);
  }
};

// The library's defaults (standard tables, 4:2:0), as Pillow's; the exact integer DCT.
bool encode(JpegWriter& writer, const Image& image, int quality) {
  if (setjmp(writer.escape) != 0) return false;
  jpeg_create_compress(&writer.encoder);
  jpeg_mem_dest(&writer.encoder, &writer.bytes, &writer.size);
  writer.encoder.image_width = static_cast<JDIMENSION>(image.width);
  writer.encoder.image_height = static_cast<JDIMENSION>(image.height);
  writer.encoder.input_components = 3;
  writer.encoder.in_color_space = JCS_RGB;
  jpeg_set_defaults(&writer.encoder);
  jpeg_set_quality(&writer.encoder, quality, TRUE);
  writer.encoder.dct_method = JDCT_ISLOW;
  jpeg_start_compress(&writer.encoder, TRUE);
  while (writer.encoder.next_scanline < writer.encoder.image_height) {
    const size_t at = size_t{3} * writer.encoder.image_width * writer.encoder.next_scanline;
    JSAMPROW row = const_cast<uint8_t*>(image.pixels.data()) + at;
    jpeg_write_scanlines(&writer.encoder, &row, 1);
  }
  jpeg_finish_compress(&writer.encoder);
  return true;
}

}  // namespace

std::string encode_jpeg(const Image& image, int quality, const std::string& name) {
  require(image.width > 0 && image.height > 0 &&
              image.pixels.size() == static_cast<size_t>(3 * image.width * image.height),
          "{}: cannot write an image of {} x {} pixels from {} bytes", name, image.width,
          image.height, image.pixels.size());
  require(quality >= 1 && quality <= 100, "{}: JPEG quality {}; expected 1 to 100", name, quality);
  JpegWriter writer{};
  writer.encoder.err = jpeg_std_error(&writer.errors);
  writer.errors.error_exit = give_up;
  writer.encoder.client_data = &writer;
  const JpegCleanup cleanup{writer};
  if (!encode(writer, image, quality)) {
    fail_run("{}: libjpeg cannot encode the image: {}", name, writer.message);
  }
  return {reinterpret_cast<const char*>(writer.bytes), writer.size};
}

void write_jpeg(const Image& image, const std::filesystem::path& path, int quality) {
  const std::string bytes = encode_jpeg(image, quality, path.string());
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace dinobench
