// Decoding: by content, as Pillow converts, with every bad file named.
#include "core/atomic_file.hpp"
#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

Image decode(const std::string& content) {
  return decode_image(std::as_bytes(std::span(content)), "test");
}

using Values = std::vector<uint8_t>;

TEST_CASE("portable pixmaps, greymaps and bitmaps are read as they stand") {
  REQUIRE(decode("P3 2 1 255\n1 2 3  40 50 60\n").pixels == Values{1, 2, 3, 40, 50, 60});
  REQUIRE(decode(std::string("P6 1 1 255\n\x07\x08\x09", 14)).pixels == Values{7, 8, 9});
  REQUIRE(decode("P2 # a comment\n2 1\n15\n0 15").pixels == Values{0, 0, 0, 255, 255, 255});
  REQUIRE(decode("P1\n3 1\n010").pixels == Values{255, 255, 255, 0, 0, 0, 255, 255, 255});
  REQUIRE(decode("P5 1 1 3\n\x01").pixels == Values{85, 85, 85});
}

TEST_CASE("sixteen-bit grey is clipped as in Pillow, sixteen-bit colour scaled") {
  REQUIRE(decode(std::string("P5 2 1 65535\n\x00\x4d\x01\x00", 17)).pixels ==
          Values{77, 77, 77, 255, 255, 255});
  REQUIRE(decode(std::string("P6 1 1 65535\n\xff\xff\x80\x00\x00\x00", 19)).pixels ==
          Values{255, 128, 0});
}

TEST_CASE("a bottom-up 24-bit BMP with padded rows") {
  std::string bmp("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x02\0\0\0\x01\0\x18\0", 30);
  bmp.resize(54, '\0');
  bmp += std::string("\x03\x02\x01\0\x06\x05\x04\0", 8);
  REQUIRE(decode(bmp).pixels == Values{4, 5, 6, 1, 2, 3});
}

TEST_CASE("a written PNG reads back to the same bytes") {
  const Folder folder;
  const Image image = noise(37, 11, 1);
  write_png(image, folder.path() / "a.png");
  const Image again = decode_image(folder.path() / "a.png");
  REQUIRE(again.width == 37);
  REQUIRE(again.height == 11);
  REQUIRE(again.pixels == image.pixels);
}

TEST_CASE("bad files are errors that name the file and what is wrong") {
  const Folder folder;
  const auto error = [&](const std::string& name, const std::string& content) {
    const std::string message = error_of([&] { decode_image(folder.write(name, content)); });
    REQUIRE(contains(message, name));
    REQUIRE(!contains(message, "\n"));
    return message;
  };
  REQUIRE(contains(error("a.jpg", ""), "empty"));
  REQUIRE(contains(error("b.jpg", "GIF89a..."), "47 49 46 38"));
  REQUIRE(contains(error("c.jpg", "\xff\xd8\xff\xe0"), "truncated JPEG"));
  REQUIRE(contains(error("d.png", "\x89PNG\r\n\x1a\n"), "PNG"));
  REQUIRE(contains(error("e.ppm", "P6 4 4 255\nabc"), "truncated PNM"));
  REQUIRE(contains(error("f.ppm", "P6 99999 99999 255\n"), "truncated PNM"));
  REQUIRE(contains(error("g.ppm", "P3 1 1 9\n1 2 10"), "10"));
  REQUIRE(contains(error("h.ppm", "P3 1 x 9\n"), "number"));
  REQUIRE(contains(error("i.webp", "RIFF....WEBPVP8 "), "WebP"));
  REQUIRE(contains(error("j.tif", std::string("II*\0\xff\0\0\0", 8)), "TIFF"));
  REQUIRE(contains(error("k.bmp", "BM"), "truncated BMP"));
  REQUIRE(contains(error_of([&] { decode_image(folder.path() / "none.jpg"); }), "none.jpg"));
}

TEST_CASE("a file cut anywhere is an image or an Error, never a crash") {
  const fs::path root = shared_data("odd-images/formats_images");
  if (root.empty()) return;
  for (const char* name : {"ukbench09380.jpeg", "ukbench09380.webp", "copyleft.tiff"}) {
    const std::string content = read_file(root / name);
    for (size_t cut = 0; cut < content.size(); cut += content.size() / 40 + 1) {
      const std::string part = content.substr(0, cut);
      try {
        decode(part);
      } catch (const Error& error) {
        REQUIRE(error.exit_code() == 2);
      }
    }
  }
}

TEST_CASE("a JPEG without its last bytes is refused, not filled with grey") {
  const fs::path root = shared_data("imagenet-sample");
  if (root.empty()) return;
  const std::string content = read_file(root / "n02105855_Shetland_sheepdog.JPEG");
  REQUIRE(contains(error_of([&] { decode(content.substr(0, content.size() * 9 / 10)); }),
                   "truncated JPEG"));
}

TEST_CASE("odd real images: content decides, orientation is ignored, corruption is named") {
  const fs::path root = shared_data("odd-images");
  if (root.empty()) return;
  const Image jpeg = decode_image(root / "formats_images" / "ukbench09380.jpeg");
  REQUIRE(decode_image(root / "formats_images" / "ukbench09380.png").pixels == jpeg.pixels);
  const Image turned = decode_image(root / "mixed_images" / "ukbench09268.jpg");
  REQUIRE(turned.width == 640);
  REQUIRE(turned.height == 480);
  REQUIRE(
      contains(error_of([&] { decode_image(root / "mixed_images" / "ukbench09268_corrupt.jpg"); }),
               "ukbench09268_corrupt.jpg"));
  const Image grey = decode_image(root / "ukbench00120_gray.jpg");
  for (size_t i = 0; i < grey.pixels.size(); i += 3) {
    REQUIRE(grey.pixels[i] == grey.pixels[i + 2]);
  }
}

}  // namespace
}  // namespace dinobench::testing
