// A box of a baseline JPEG by our own Huffman decoder and AVX2 pixels. It takes sound files of the
// usual kinds alone and answers false for all else, which libjpeg then decodes or refuses.
#include <array>
#include <utility>

#include "data/fast.hpp"
#include "data/jpeg_huffman.hpp"
#include "data/jpeg_job.hpp"
#include "data/jpeg_pixels.hpp"

namespace dinobench::decoders {
namespace {

/// One component's samples, from the first row of units that is kept; room for one sample beside
/// each end of a row.
struct Plane {
  std::vector<uint8_t> samples;
  int64_t stride = 0;
  uint8_t* row(int64_t y) { return samples.data() + y * stride + 32; }
};

/// What a thread keeps from file to file: memory, and tables, which are often the same.
struct Kept {
  std::vector<uint8_t> data;
  std::array<Plane, 3> planes;
  std::array<HuffmanTable, 8> tables;  // direct and rest of slots 0 to 3
  std::array<JHUFF_TBL, 8> sources{};
  std::array<bool, 8> built{};
};

/// The units (of 8 h x 8 v pixels) along one axis and the range that is kept: what a box reads.
struct Units {
  int64_t count, first, last;
};

Units units_of(int64_t side, int64_t from, int64_t to, int factor) {
  const int64_t count = (side + 8 * factor - 1) / (8 * factor);
  if (factor == 1) return {count, from / 8, (to - 1) / 8};
  // Colours are mixed with their neighbours, which may lie in the next unit.
  return {count, std::max<int64_t>(from / 2 - 1, 0) / 8,
          std::min(((to - 1) / 2 + 1) / 8, count - 1)};
}

/// AVX2 is what form() speaks of; the bits are read with BMI2, which comes with it but is not it.
bool usable() {
#if defined(__x86_64__)
  static const bool bmi2 = __builtin_cpu_supports("bmi2");
  return bmi2 && fast::available();
#else
  return false;
#endif
}

bool is_usual(const jpeg_decompress_struct& d) {
  const jpeg_component_info* c = d.comp_info;
  if (d.num_components != 3 || d.jpeg_color_space != JCS_YCbCr || d.restart_interval != 0 ||
      d.data_precision != 8 || d.image_width < 8 || d.image_height < 8) {
    return false;
  }
  for (int i = 0; i < 3; ++i) {
    if (d.cur_comp_info[i] != &c[i]) return false;
    if (i > 0 && (c[i].h_samp_factor != 1 || c[i].v_samp_factor != 1)) return false;
  }
  const int h = c[0].h_samp_factor, v = c[0].v_samp_factor;
  return (h == 1 && v == 1) || (h == 2 && (v == 1 || v == 2));
}

/// The entropy-coded bytes without their stuffing; false unless they run to the end marker.
bool unstuff(const jpeg_source_mgr& source, std::vector<uint8_t>& out) {
  const uint8_t* at = source.next_input_byte;
  const uint8_t* const end = at + source.bytes_in_buffer;
  if (out.size() < source.bytes_in_buffer + BitReader::kBeyond) {
    out.resize(source.bytes_in_buffer + BitReader::kBeyond);
  }
  uint8_t* to = out.data();
  while (true) {
    const auto* mark =
        static_cast<const uint8_t*>(std::memchr(at, 0xff, static_cast<size_t>(end - at)));
    if (mark == nullptr || mark + 1 >= end) return false;
    const auto run = static_cast<size_t>(mark - at) + (mark[1] == 0 ? 1 : 0);
    std::memcpy(to, at, run);
    to += run;
    if (mark[1] == JPEG_EOI) break;
    if (mark[1] != 0) return false;
    at = mark + 2;
  }
  std::memset(to, 0, BitReader::kBeyond);
  out.resize(static_cast<size_t>(to - out.data()) + BitReader::kBeyond);
  return true;
}

const HuffmanTable* table_of(Kept& kept, const JHUFF_TBL* source, size_t slot, bool direct) {
  if (source == nullptr) return nullptr;
  JHUFF_TBL& known = kept.sources[slot];
  const bool same = kept.built[slot] && std::memcmp(known.bits, source->bits, 17) == 0 &&
                    std::memcmp(known.huffval, source->huffval, 256) == 0;
  if (!same) {
    kept.built[slot] = kept.tables[slot].build(source->bits, source->huffval, direct);
    known = *source;
  }
  return kept.built[slot] ? &kept.tables[slot] : nullptr;
}

/// What turns one component's bits into samples.
struct Component {
  BlockDecoder blocks;
  alignas(32) std::array<int16_t, 64> quantisers;
};

bool prepare(const jpeg_decompress_struct& d, Kept& kept, std::array<Component, 3>& components) {
  constexpr size_t slots = 4;
  for (size_t i = 0; i < 3; ++i) {
    const jpeg_component_info& c = d.comp_info[i];
    const auto direct = static_cast<size_t>(c.dc_tbl_no), rest = static_cast<size_t>(c.ac_tbl_no);
    const auto steps = static_cast<size_t>(c.quant_tbl_no);
    if (direct >= slots || rest >= slots || steps >= slots) return false;
    const JQUANT_TBL* quantisers = d.quant_tbl_ptrs[steps];
    BlockDecoder& blocks = components[i].blocks;
    blocks.direct = table_of(kept, d.dc_huff_tbl_ptrs[direct], direct, true);
    blocks.rest = table_of(kept, d.ac_huff_tbl_ptrs[rest], slots + rest, false);
    if (!quantisers || !blocks.direct || !blocks.rest) return false;
    for (size_t k = 0; k < 64; ++k) {
      if (quantisers->quantval[k] > 255) return false;
      components[i].quantisers[k] = static_cast<int16_t>(quantisers->quantval[k]);
    }
  }
  return true;
}

/// One block to 8 x 8 samples at `out`, or only past it. `coefficients` are zeros, and are left so.
bool read_block(Component& component, BitReader& bits, int16_t* coefficients, uint8_t* out,
                int64_t stride) {
  bool flat = false;
  if (out == nullptr) return component.blocks.decode(bits, nullptr, flat);
  if (!component.blocks.decode(bits, coefficients, flat)) return false;
  if (!flat) return inverse_dct(coefficients, component.quantisers.data(), out, stride);
  const int mean = std::exchange(coefficients[0], int16_t{0}) * component.quantisers[0];
  if (std::abs(mean) > kMostSum) return false;
  const auto grey = static_cast<uint8_t>(std::clamp(((4 * mean + 16) >> 5) + 128, 0, 255));
  for (int y = 0; y < 8; ++y) std::memset(out + stride * y, grey, 8);
  return true;
}

bool read_planes(const jpeg_decompress_struct& d, const Units& x, const Units& y,
                 std::array<Component, 3>& components, Kept& kept) {
  BitReader bits(std::span<const uint8_t>(kept.data).first(kept.data.size() - BitReader::kBeyond));
  alignas(32) int16_t coefficients[64] = {};
  for (int64_t row = 0; row <= y.last; ++row) {
    for (int64_t column = 0; column < x.count; ++column) {
      const bool keep = row >= y.first && column >= x.first && column <= x.last;
      for (size_t i = 0; i < 3; ++i) {
        const int h = d.comp_info[i].h_samp_factor, v = d.comp_info[i].v_samp_factor;
        Plane& plane = kept.planes[i];
        for (int k = 0; k < h * v; ++k) {
          uint8_t* out = nullptr;
          if (keep) out = plane.row(8 * ((row - y.first) * v + k / h)) + 8 * (column * h + k % h);
          if (!read_block(components[i], bits, coefficients, out, plane.stride)) return false;
        }
      }
      if (bits.overrun()) return false;
    }
  }
  return true;
}

/// The colours' rows, widened where they are half as wide, and RGB of the box.
void write_box(const jpeg_decompress_struct& d, Box box, int64_t first_unit, Kept& kept,
               uint8_t* pixels) {
  const int h = d.comp_info[0].h_samp_factor, v = d.comp_info[0].v_samp_factor;
  const auto width = static_cast<int64_t>(d.image_width);
  const int64_t narrow = (width + h - 1) / h, low = (d.image_height + v - 1) / v;
  const int64_t left = box.left / h * h, count = box.left + box.width - left;
  std::vector<uint8_t> wide[2];
  for (std::vector<uint8_t>& line : wide) line.resize(static_cast<size_t>(count + 2));
  for (int64_t y = box.top; y < box.top + box.height; ++y) {
    const uint8_t* colours[2];
    for (size_t i = 0; i < 2; ++i) {
      const auto row = [&](int64_t at) {
        uint8_t* found =
            kept.planes[i + 1].row(std::clamp<int64_t>(at, 0, low - 1) - 8 * first_unit);
        found[-1] = found[0], found[narrow] = found[narrow - 1];  // the edge has no neighbour
        return found + left / h;
      };
      colours[i] = h == 1 ? row(y) : wide[i].data();
      if (h == 2 && v == 1) widen_row(row(y), (count + 1) / 2, wide[i].data());
      if (h == 2 && v == 2) {
        widen_rows(row(y / 2), row(y % 2 == 0 ? y / 2 - 1 : y / 2 + 1), (count + 1) / 2,
                   wide[i].data());
      }
    }
    colour_row(kept.planes[0].row(y - 8 * v * first_unit) + left, colours[0], colours[1], count,
               pixels + 3 * (y * width + left));
  }
}

}  // namespace

bool read_box_fast(const jpeg_decompress_struct& d, Box box, uint8_t* pixels) {
  thread_local Kept kept;
  std::array<Component, 3> components;
  if (!usable() || !is_usual(d) || !prepare(d, kept, components)) return false;
  if (!unstuff(*d.src, kept.data)) return false;
  const int h = d.comp_info[0].h_samp_factor, v = d.comp_info[0].v_samp_factor;
  const Units x = units_of(d.image_width, box.left, box.left + box.width, h);
  const Units y = units_of(d.image_height, box.top, box.top + box.height, v);
  for (size_t i = 0; i < 3; ++i) {
    const int own_h = d.comp_info[i].h_samp_factor, own_v = d.comp_info[i].v_samp_factor;
    kept.planes[i].stride = 8 * own_h * x.count + 64;
    const auto size =
        static_cast<size_t>(kept.planes[i].stride * 8 * own_v * (y.last - y.first + 1) + 64);
    if (kept.planes[i].samples.size() < size) kept.planes[i].samples.resize(size);
  }
  if (!read_planes(d, x, y, components, kept)) return false;
  write_box(d, box, y.first, kept, pixels);
  return true;
}

}  // namespace dinobench::decoders
