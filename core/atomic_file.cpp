// Temporary name, fsync, rename; whole files and their SHA-256.
#include "core/atomic_file.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/error.hpp"

namespace dinobench {
namespace {

// The process id keeps two runs that share a folder apart.
std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  std::filesystem::path temporary = path;
  temporary += fmt::format(".{}.tmp", getpid());
  return temporary;
}

// Makes the rename itself survive a power cut; file systems that cannot are left alone.
void sync_folder(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path)
    : path_(std::move(path)), temporary_(temporary_beside(path_)) {
  std::error_code ignored;  // open() below tells the reason
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), ignored);
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_write("create");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::fail_write(const char* action) const {
  const char* reason = std::strerror(errno);
  fail_run("cannot {} '{}': {}", action, path_.string(), reason);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_write("write");
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void AtomicFile::write(const std::string& text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::commit() {
  require(descriptor_ >= 0, "'{}' is committed twice", path_.string());
  if (fsync(descriptor_) != 0) fail_write("write");
  if (rename(temporary_.c_str(), path_.c_str()) != 0) fail_write("replace");
  close(descriptor_);
  descriptor_ = -1;
  sync_folder(path_);
}

void remove_abandoned(const std::filesystem::path& path) {
  const std::string begin = path.filename().string() + ".";
  constexpr std::string_view end = ".tmp";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path.parent_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(begin) || !name.ends_with(end)) continue;
    if (name.size() <= begin.size() + end.size()) continue;
    const std::string process = name.substr(begin.size(), name.size() - begin.size() - end.size());
    if (process.find_first_not_of("0123456789") != std::string::npos) continue;
    std::filesystem::remove(entry.path(), error);
  }
}

std::string read_file(const std::filesystem::path& path) {
  require(!std::filesystem::is_directory(path), "cannot read '{}': a folder", path.string());
  std::ifstream stream(path, std::ios::binary);
  require(stream.good(), "cannot read '{}': {}", path.string(), std::strerror(errno));
  std::string bytes;
  std::string block(1 << 16, '\0');
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())) ||
         stream.gcount() > 0)
    bytes.append(block, 0, static_cast<size_t>(stream.gcount()));
  require(stream.eof(), "cannot read '{}': {}", path.string(), std::strerror(errno));
  return bytes;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr) != 1)
    fail_run("SHA-256 is not available in libcrypto");
  return fmt::format("{:02x}", fmt::join(digest, digest + length, ""));
}

}  // namespace dinobench
