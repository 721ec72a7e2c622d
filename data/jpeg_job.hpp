// libjpeg-turbo's decoder over bytes in memory, with its errors caught: what the whole and the
// partial reader share. jpeglib.h needs stdio.h before it. Internal to decode_jpeg*.cpp.
#pragma once

#include <cstdio>
// clang-format off
#include <jpeglib.h>
// clang-format on

#include <csetjmp>

#include "data/decoders.hpp"
#include "data/transforms.hpp"

namespace dinobench::decoders {

/// All that a longjmp may cross is plain data in here.
struct JpegJob {
  jpeg_decompress_struct decoder;
  jpeg_error_mgr errors;
  jpeg_source_mgr source;
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
  bool truncated;
};

/// Frees the decoder.
struct JpegCleanup {
  JpegJob& job;
  ~JpegCleanup() { jpeg_destroy_decompress(&job.decoder); }
};

/// Reads the header and makes ready for RGB (grey and CMYK stay what they are); false with a
/// message in the job if it is damaged. A JpegCleanup must live by then.
bool open_jpeg(JpegJob& job, Bytes bytes);

/// The pixels of a box of an image that open_jpeg() opened, into all of it. False, and the decoder
/// as it was, if this is not a sound file of the usual kind: one pass of Huffman codes, 4:4:4,
/// 4:2:2 or 4:2:0, no restarts.
bool read_box_fast(const jpeg_decompress_struct& opened, Box box, uint8_t* pixels);

[[noreturn]] void explain(const JpegJob& job, const std::string& name);

}  // namespace dinobench::decoders
