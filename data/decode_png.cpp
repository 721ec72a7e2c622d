// PNG through libpng: raw samples only, the conversion to RGB is ours, so that it is Pillow's.
#include <png.h>

#include <csetjmp>
#include <cstring>

#include "data/decoders.hpp"

namespace dinobench::decoders {
namespace {

/// What crosses libpng's longjmp: plain data.
struct Job {
  png_structp reader = nullptr;
  png_infop info = nullptr;
  const uint8_t* next = nullptr;
  size_t left = 0;
  char message[200] = "";
  png_uint_32 width = 0, height = 0;
  int depth = 0, colour = 0, channels = 0;
};

[[noreturn]] void give_up(png_structp reader, png_const_charp text) {
  Job& job = *static_cast<Job*>(png_get_error_ptr(reader));
  std::strncpy(job.message, text, sizeof(job.message) - 1);
  png_longjmp(reader, 1);
}

void stay_silent(png_structp, png_const_charp) {}

void copy_bytes(png_structp reader, png_bytep out, size_t count) {
  Job& job = *static_cast<Job*>(png_get_io_ptr(reader));
  if (count > job.left) png_error(reader, "the data ends before the image does");
  std::memcpy(out, job.next, count);
  job.next += count;
  job.left -= count;
}

/// Reads the header and asks for samples as stored, 1, 2 and 4 bits widened to a byte each.
bool open(Job& job) {
  if (setjmp(png_jmpbuf(job.reader)) != 0) return false;
  png_set_read_fn(job.reader, &job, copy_bytes);
  // Text and profiles are not for us; a bad checksum in them is no reason to refuse the pixels.
  png_set_crc_action(job.reader, PNG_CRC_DEFAULT, PNG_CRC_QUIET_USE);
  png_read_info(job.reader, job.info);
  png_get_IHDR(job.reader, job.info, &job.width, &job.height, &job.depth, &job.colour, nullptr,
               nullptr, nullptr);
  png_set_packing(job.reader);
  png_set_interlace_handling(job.reader);
  png_read_update_info(job.reader, job.info);
  job.channels = png_get_channels(job.reader, job.info);
  return true;
}

bool read_rows(Job& job, uint8_t** rows) {
  if (setjmp(png_jmpbuf(job.reader)) != 0) return false;
  png_read_image(job.reader, rows);
  return true;
}

/// Palette entries beyond the stored ones are black, as in Pillow.
std::vector<uint8_t> palette_of(const Job& job) {
  std::vector<uint8_t> table(3 * 256, 0);
  png_colorp entries = nullptr;
  int count = 0;
  if (png_get_PLTE(job.reader, job.info, &entries, &count) == 0) return table;
  for (int i = 0; i < std::min(count, 256); ++i) {
    const uint8_t rgb[3] = {entries[i].red, entries[i].green, entries[i].blue};
    std::memcpy(&table[3 * static_cast<size_t>(i)], rgb, 3);
  }
  return table;
}

/// One row of samples to RGB. 16-bit colour keeps its high bytes; 16-bit grey is clipped, 16-bit
/// grey with alpha keeps its high byte: three different things, and all of them Pillow's.
void convert_row(const Job& job, const std::vector<uint8_t>& palette, const uint8_t* in,
                 uint8_t* out) {
  const int bytes = job.depth == 16 ? 2 : 1;
  const int scale = job.depth < 8 ? 255 / ((1 << job.depth) - 1) : 1;
  const bool colour = (job.colour & PNG_COLOR_MASK_COLOR) != 0;
  for (png_uint_32 x = 0; x < job.width; ++x, in += job.channels * bytes, out += 3) {
    if (job.colour == PNG_COLOR_TYPE_PALETTE) {
      std::memcpy(out, &palette[3 * static_cast<size_t>(in[0])], 3);
    } else if (colour) {
      for (int channel = 0; channel < 3; ++channel) out[channel] = in[channel * bytes];
    } else if (job.colour == PNG_COLOR_TYPE_GRAY && job.depth == 16) {
      put_grey(out, clip_grey(in[0] * 256 + in[1]));
    } else {
      put_grey(out, static_cast<uint8_t>(in[0] * scale));
    }
  }
}

struct Cleanup {
  Job& job;
  ~Cleanup() { png_destroy_read_struct(&job.reader, &job.info, nullptr); }
};

}  // namespace

Image png(Bytes bytes, const std::string& name) {
  Job job;
  job.next = bytes.data();
  job.left = bytes.size();
  job.reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, &job, give_up, stay_silent);
  const Cleanup cleanup{job};
  require(job.reader != nullptr, "{}: libpng cannot start", name);
  job.info = png_create_info_struct(job.reader);
  require(open(job), "{}: damaged PNG: {}", name, job.message);
  Image image = make_image(job.width, job.height, name);
  const size_t stride = png_get_rowbytes(job.reader, job.info);
  std::vector<uint8_t> samples(stride * job.height);
  std::vector<uint8_t*> rows(job.height);
  for (size_t y = 0; y < rows.size(); ++y) rows[y] = samples.data() + stride * y;
  require(read_rows(job, rows.data()), "{}: damaged PNG: {}", name, job.message);
  const std::vector<uint8_t> palette = palette_of(job);
  for (size_t y = 0; y < rows.size(); ++y) {
    convert_row(job, palette, rows[y], row_of(image, static_cast<int64_t>(y)));
  }
  return image;
}

}  // namespace dinobench::decoders
