// JPEGs that are written decode to the pixels that Pillow's own decode to.
#include "data/write_jpeg.hpp"

#include <unistd.h>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "tests/test_light.hpp"

namespace dinobench {
namespace write_jpeg_test {

namespace fs = std::filesystem;

struct File {
  fs::path path = fs::temp_directory_path() / fmt::format("dinobench_{}.jpg", ::getpid());
  ~File() { fs::remove(path); }
};

/// 53 x 37: not a multiple of the 16-pixel blocks of 4:2:0.
Image pattern() {
  Image image{53, 37, {}};
  for (int64_t y = 0; y < image.height; ++y)
    for (int64_t x = 0; x < image.width; ++x)
      for (const int64_t value : {x * 5 + y * 3, x * y, 7 * y + x / 8 * 40})
        image.pixels.push_back(static_cast<uint8_t>(value % 256));
  return image;
}

std::string decoded_digest(const fs::path& path) {
  const Image image = decode_image(path);
  return sha256_hex(std::as_bytes(std::span(image.pixels)));
}

}  // namespace write_jpeg_test
using namespace write_jpeg_test;

// Golden digests of the decoded pixels: Image.fromarray(pattern).save(f, quality=q) by Pillow 13
// with libjpeg-turbo 3.
TEST_CASE("write_jpeg: the pixels that decode are those of Pillow's save(quality=q)") {
  const File file;
  for (const auto& [quality, digest] :
       {std::pair{1, "e01e8d68c56fdfe1649017d790f98c095b060edeebe348c4e6d75e7cd6913a2b"},
        {10, "ab424d28b4a721fcca3d36722d0c5f872cb38eee6d3aad0a99a01bd894cc68a9"},
        {75, "1e89412b519c7b45aab4fc4393a191c1a71fd99a05999ebd9618212b72bc4459"},
        {92, "2867a878e6b76bd5137aed0c6e2a47b9302f847d4d15385c67539926a30aa413"},
        {100, "4544ccd107ab1c5668ab76f626d0d31bb8b008238f84dff415a083ef91d58d9f"}}) {
    write_jpeg(pattern(), file.path, quality);
    REQUIRE(decoded_digest(file.path) == digest);
  }
}

TEST_CASE("write_jpeg: a second writing gives the same bytes, a lower quality fewer") {
  const File file;
  write_jpeg(pattern(), file.path, 90);
  const std::string first = read_file(file.path);
  write_jpeg(pattern(), file.path, 90);
  REQUIRE(read_file(file.path) == first);
  write_jpeg(pattern(), file.path, 30);
  REQUIRE(read_file(file.path).size() < first.size());
}

TEST_CASE("write_jpeg: an image without pixels and a quality out of range are refused") {
  const File file;
  REQUIRE_THROWS_AS(write_jpeg(pattern(), file.path, 0), Error);
  REQUIRE_THROWS_AS(write_jpeg(pattern(), file.path, 101), Error);
  REQUIRE_THROWS_AS(write_jpeg({2, 2, {}}, file.path, 90), Error);
  REQUIRE(!fs::exists(file.path));
}

}  // namespace dinobench
