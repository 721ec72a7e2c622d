// Checksums of files of any size.
#pragma once

#include <filesystem>
#include <string>

namespace dinobench {

enum class Digest { md5, sha256 };

/// Lower-case hexadecimal, read in pieces. md5 only to compare with published sums. Input Error if
/// the file cannot be read.
std::string file_digest(const std::filesystem::path& path, Digest digest);

}  // namespace dinobench
