// Digests by OpenSSL, a mebibyte at a time.
#include "core/file_digest.hpp"

#include <openssl/evp.h>

#include <fstream>
#include <memory>
#include <vector>

#include "core/error.hpp"

namespace dinobench {

std::string file_digest(const std::filesystem::path& path, Digest digest) {
  std::ifstream file(path, std::ios::binary);
  require(file.good(), "{}: cannot be read", path.string());
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  const EVP_MD* type = digest == Digest::md5 ? EVP_md5() : EVP_sha256();
  if (!context || EVP_DigestInit_ex(context.get(), type, nullptr) != 1)
    fail_run("this checksum is not available in libcrypto");
  std::vector<char> piece(1 << 20);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0)
    EVP_DigestUpdate(context.get(), piece.data(), static_cast<size_t>(file.gcount()));
  require(file.eof(), "{}: cannot be read to its end", path.string());
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(context.get(), bytes, &length);
  return fmt::format("{:02x}", fmt::join(bytes, bytes + length, ""));
}

}  // namespace dinobench
