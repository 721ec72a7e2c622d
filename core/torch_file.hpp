// torch.save's files, read and written without Python and without executing a pickle.
#pragma once

#include <filesystem>

#include "core/pickle_value.hpp"

namespace dinobench {

/// Reads a checkpoint, today's zip or the stream of before torch 1.6, told apart by content. The
/// unpickler knows the handful of names torch writes (OrderedDict, _rebuild_tensor_v2,
/// _rebuild_parameter, *Storage, argparse.Namespace ...) and refuses every other by name; truncated
/// or damaged files, wrong checksums and out-of-range storages are input Errors that name the file.
/// Strided tensors come back contiguous.
Value load_torch_file(const std::filesystem::path& path);

/// Writes what torch.load(weights_only=True) opens: dicts are plain dicts, tensors contiguous,
/// storages 64-byte aligned. Shared storages are written once. Written to a temporary name, synced
/// and renamed: the earlier file stays intact if anything fails (run Error).
void save_torch_file(const Value& value, const std::filesystem::path& path);

}  // namespace dinobench
