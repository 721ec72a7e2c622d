// Deflated members of zip archives.
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "core/zip_archive.hpp"

namespace dinobench {
namespace {

class Inflater {
 public:
  Inflater() { require(inflateInit2(&stream_, -MAX_WBITS) == Z_OK, "zlib cannot be used"); }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  z_stream* operator->() { return &stream_; }
  int step() { return inflate(&stream_, Z_NO_FLUSH); }

 private:
  z_stream stream_{};
};

}  // namespace

std::vector<std::byte> inflate_bytes(std::span<const std::byte> packed, uint64_t size) {
  constexpr size_t most_input = std::numeric_limits<uInt>::max();
  std::vector<std::byte> out, block(size_t{1} << 18);
  Inflater stream;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    const size_t given = std::min(packed.size(), most_input);
    stream->next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    stream->avail_in = static_cast<uInt>(given);
    stream->next_out = reinterpret_cast<Bytef*>(block.data());
    stream->avail_out = static_cast<uInt>(block.size());
    status = stream.step();
    require(status == Z_OK || status == Z_STREAM_END, "damaged: deflated bytes");
    packed = packed.subspan(given - stream->avail_in);
    const size_t made = block.size() - stream->avail_out;
    require(made <= size - out.size(), "damaged: deflated bytes are more than {}", size);
    out.insert(out.end(), block.begin(), block.begin() + static_cast<ptrdiff_t>(made));
  }
  require(out.size() == size, "damaged: {} deflated bytes, expected {}", out.size(), size);
  return out;
}

}  // namespace dinobench
