// The JSON header of a safetensors file, to and from plain entries.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/pickle_value.hpp"

namespace dinobench {

struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::float32;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  // bytes, from the end of the header
};

/// Throws an input Error for whatever is not of the format; byte ranges are not looked at. Nothing
/// is allocated beyond what the header's own length accounts for.
std::vector<SafetensorsEntry> parse_safetensors_header(std::span<const std::byte> json);

/// With {"format": "pt"} as metadata, padded by spaces to a multiple of 8 bytes.
std::string safetensors_header(const std::vector<SafetensorsEntry>& entries);

}  // namespace dinobench
