// JPEG files.
#pragma once

#include <filesystem>
#include <string>

#include "data/image.hpp"

namespace dinobench {

/// Writes an 8-bit baseline JPEG (atomic): 4:2:0, standard tables, quality 1..100, the exact
/// integer DCT, no optimisation: what Pillow's save(quality=q) makes. The pixels that decode are
/// the same on every machine; the bytes are for one version of libjpeg-turbo.
void write_jpeg(const Image& image, const std::filesystem::path& path, int quality);

/// The bytes of that file. `name` begins the message of an Error.
std::string encode_jpeg(const Image& image, int quality, const std::string& name);

}  // namespace dinobench
