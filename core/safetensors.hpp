// The safetensors format: a JSON header, then the bytes of all tensors.
#pragma once

#include <filesystem>
#include <span>

#include "core/pickle_value.hpp"

namespace dinobench {

/// Whether a file of this size that begins so is of this format: the header's length (uint64), then
/// the header's first brace. `head` needs nine bytes.
bool is_safetensors(std::span<const std::byte> head, uint64_t file_bytes);

/// Reads a dict of tensors, in the order of their bytes. Strict, as the format's own reader: a
/// header of at most 100 MB and of nothing but what the format knows, no name twice, sizes that
/// agree with shape and dtype, and neither gap nor overlap between tensors. All else, and dtypes
/// that are not in DType (by name), is an input Error that names the file.
Value load_safetensors(const std::filesystem::path& path);

/// Writes a flat dict of tensors as safetensors.torch.load_file reads it; wide dtypes first, then
/// by name. An input Error for anything else in the dict. Atomic, as save_torch_file.
void save_safetensors(const Value& dict, const std::filesystem::path& path);

}  // namespace dinobench
