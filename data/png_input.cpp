// libpng behind its longjmp.
#include "data/png_input.hpp"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include "core/error.hpp"

namespace dinobench {

struct PngInput::Job {
  png_structp reader = nullptr;
  png_infop info = nullptr;
  std::span<const uint8_t> rest;
  std::string name;
  char message[200] = "";
  png_uint_32 width = 0, height = 0;
  int depth = 0, colour = 0;
};

namespace png_input {
namespace {

using Job = PngInput::Job;

[[noreturn]] void give_up(png_structp reader, png_const_charp text) {
  Job& job = *static_cast<Job*>(png_get_error_ptr(reader));
  std::strncpy(job.message, text, sizeof(job.message) - 1);
  png_longjmp(reader, 1);
}

void stay_silent(png_structp, png_const_charp) {}

void take(png_structp reader, png_bytep out, size_t count) {
  auto& rest = *static_cast<std::span<const uint8_t>*>(png_get_io_ptr(reader));
  if (count > rest.size()) png_error(reader, "the data ends before the image does");
  std::memcpy(out, rest.data(), count);
  rest = rest.subspan(count);
}

// What is between setjmp and longjmp holds plain data only.
bool read_header(Job& job) {
  if (setjmp(png_jmpbuf(job.reader)) != 0) return false;
  png_set_read_fn(job.reader, &job.rest, take);
  // Text and profiles are not for us; a bad checksum in them is no reason to refuse the pixels.
  png_set_crc_action(job.reader, PNG_CRC_DEFAULT, PNG_CRC_QUIET_USE);
  png_set_check_for_invalid_index(job.reader, -1);  // indices without a colour are good ones
  png_read_info(job.reader, job.info);
  png_get_IHDR(job.reader, job.info, &job.width, &job.height, &job.depth, &job.colour, nullptr,
               nullptr, nullptr);
  png_set_packing(job.reader);
  png_set_interlace_handling(job.reader);
  png_read_update_info(job.reader, job.info);
  return true;
}

bool read_rows(png_structp reader, uint8_t** rows) {
  if (setjmp(png_jmpbuf(reader)) != 0) return false;
  png_read_image(reader, rows);
  return true;
}

}  // namespace
}  // namespace png_input

PngInput::PngInput(std::span<const uint8_t> bytes, std::string name)
    : job_(std::make_unique<Job>()) {
  job_->rest = bytes;
  job_->name = std::move(name);
  job_->reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, job_.get(), png_input::give_up,
                                        png_input::stay_silent);
  require(job_->reader != nullptr, "{}: libpng cannot start", job_->name);
  job_->info = png_create_info_struct(job_->reader);
  if (png_input::read_header(*job_)) return;
  png_destroy_read_struct(&job_->reader, &job_->info, nullptr);
  fail("{}: damaged PNG: {}", job_->name, job_->message);
}

PngInput::~PngInput() { png_destroy_read_struct(&job_->reader, &job_->info, nullptr); }

int64_t PngInput::width() const { return job_->width; }
int64_t PngInput::height() const { return job_->height; }
int PngInput::depth() const { return job_->depth; }
bool PngInput::indexed() const { return job_->colour == PNG_COLOR_TYPE_PALETTE; }
bool PngInput::colour() const { return !indexed() && (job_->colour & PNG_COLOR_MASK_COLOR) != 0; }
bool PngInput::alpha() const { return (job_->colour & PNG_COLOR_MASK_ALPHA) != 0; }
int PngInput::channels() const { return png_get_channels(job_->reader, job_->info); }
size_t PngInput::stride() const { return png_get_rowbytes(job_->reader, job_->info); }

void PngInput::read(uint8_t* first_row) {
  std::vector<uint8_t*> rows(job_->height);
  for (size_t y = 0; y < rows.size(); ++y) rows[y] = first_row + stride() * y;
  require(png_input::read_rows(job_->reader, rows.data()), "{}: damaged PNG: {}", job_->name,
          job_->message);
}

std::vector<uint8_t> PngInput::palette() const {
  std::vector<uint8_t> table(3 * 256, 0);
  png_colorp entries = nullptr;
  int count = 0;
  if (png_get_PLTE(job_->reader, job_->info, &entries, &count) == 0) return table;
  for (int i = 0; i < std::min(count, 256); ++i) {
    const uint8_t rgb[3] = {entries[i].red, entries[i].green, entries[i].blue};
    std::memcpy(&table[3 * static_cast<size_t>(i)], rgb, 3);
  }
  return table;
}

}  // namespace dinobench
