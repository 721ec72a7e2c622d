// What torch.save wrote before version 1.6, and still does with _use_new_zipfile_serialization off.
#pragma once

#include <span>

#include "core/file_bytes.hpp"
#include "core/pickle_value.hpp"

namespace dinobench {

/// Whether a file that begins so is such a stream.
bool is_legacy_stream(std::span<const std::byte> head);

/// One file of five pickles (magic number, protocol 1001, facts about the machine, the value, the
/// storages' keys), then each storage: its count of elements, int64, and the elements, raw. Views
/// of storages, which torch wrote before 0.4, are understood. Input Errors as of load_torch_file.
Value load_legacy_stream(FileBytes& file);

}  // namespace dinobench
