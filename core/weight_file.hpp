// Weight files of any kind.
#pragma once

#include <filesystem>

#include "core/pickle_value.hpp"

namespace dinobench {

/// Reads a torch checkpoint (zip or legacy stream) or a safetensors file. The content decides, not
/// the name; an input Error names a file that is neither.
Value load_weight_file(const std::filesystem::path& path);

/// Whether save_weight_file() knows what this name asks for.
bool is_weight_file_name(const std::filesystem::path& path);

/// Writes a torch checkpoint (.pth, .pt) or a safetensors file (.safetensors), as the name says; an
/// input Error for another ending.
void save_weight_file(const Value& value, const std::filesystem::path& path);

}  // namespace dinobench
