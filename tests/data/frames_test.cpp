// Video frames: OpenCV's resize to the byte, the size that a network sees, the deviation of red.
#include "data/frames.hpp"

#include "core/atomic_file.hpp"
#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

/// Byte i is (37 i + 11) mod 256: what the cv2 that made the expected values below was given.
Image pattern(int64_t width, int64_t height) {
  Image image{width, height, {}};
  for (int64_t i = 0; i < 3 * width * height; ++i)
    image.pixels.push_back(static_cast<uint8_t>((i * 37 + 11) % 256));
  return image;
}

std::string digest(const Image& image) {
  return sha256_hex(std::as_bytes(std::span(image.pixels)));
}

TEST_CASE("resize_opencv gives the bytes of cv2.resize") {
  REQUIRE(resize_opencv(pattern(5, 4), 7, 3).pixels ==
          std::vector<uint8_t>{18,  55,  92,  82,  118, 155, 149, 125, 162, 197, 21,  58,  124,
                               100, 137, 143, 161, 107, 206, 200, 24,  76,  113, 150, 139, 176,
                               140, 145, 182, 128, 42,  79,  116, 121, 158, 195, 145, 127, 164,
                               136, 45,  82,  133, 170, 207, 196, 111, 124, 202, 87,  93,  99,
                               136, 173, 178, 215, 100, 148, 185, 100, 65,  102, 139});
  REQUIRE(digest(resize_opencv(pattern(61, 43), 96, 40)) ==
          "2d350505060fcde2968bb72ffe284db0e299dd49051b9e7960fe5e77646a6336");
  REQUIRE(digest(resize_opencv(pattern(854, 480), 832, 480)) ==
          "c4388084d33669d12241a6b5be5863bb38aa4cefa6bf548a6becbc06039c9a09");
  REQUIRE(digest(resize_opencv(pattern(3, 200), 64, 7)) ==
          "13f3f60dba46661fd0caff4ac1120602c18d1175106779b6a45506bd7680547b");
  REQUIRE(digest(resize_opencv(pattern(1, 1), 5, 3)) ==
          "6128b743ca11bc4f1a778638555df89e7b0b35d6036c6569c518239f5ad468a9");
}

TEST_CASE("halving both sides averages, halving one does not") {
  REQUIRE(resize_opencv(pattern(4, 2), 2, 1).pixels ==
          std::vector<uint8_t>{97, 134, 107, 127, 100, 137});
  REQUIRE(digest(resize_opencv(pattern(64, 48), 32, 24)) ==
          "d24ca74585a51f3be3503183be978118aa88c70ce030dcded1a0c3e1fc4f6aec");
  REQUIRE(digest(resize_opencv(pattern(64, 48), 32, 48)) ==
          "4a46dcbb173f7c135bbe4c3d9e4083856a361f671ec919b3e09b2645eb6f2a34");
}

TEST_CASE("resizing to the same size changes nothing") {
  const Image image = noise(31, 17, 2);
  REQUIRE(resize_opencv(image, 31, 17).pixels == image.pixels);
}

TEST_CASE("the long side is a multiple of 64, a square frame loses width") {
  const auto size = [](int64_t width, int64_t height, int64_t side) {
    const FrameSize made = frame_size(width, height, side);
    return std::pair{made.width, made.height};
  };
  REQUIRE(size(854, 480, 480) == std::pair<int64_t, int64_t>{832, 480});
  REQUIRE(size(480, 854, 480) == std::pair<int64_t, int64_t>{480, 832});
  REQUIRE(size(1920, 1080, 480) == std::pair<int64_t, int64_t>{832, 480});
  REQUIRE(size(910, 480, 480) == std::pair<int64_t, int64_t>{896, 480});
  REQUIRE(size(500, 500, 480) == std::pair<int64_t, int64_t>{448, 480});
  REQUIRE(contains(error_of([] { frame_size(50, 50, 48); }), "long side of 48"));
}

TEST_CASE("red is divided by 0.228, green and blue by ImageNet's deviations") {
  const Image image = flat(2, 1, 0, 255, 51);
  std::vector<float> values(6);
  normalize_frame(image, values.data());
  REQUIRE(values[0] == (0.0F - 0.485F) / 0.228F);
  REQUIRE(values[3] == (1.0F - 0.456F) / 0.224F);
  REQUIRE(values[5] == (51.0F / 255.0F - 0.406F) / 0.225F);
}

}  // namespace
}  // namespace dinobench::testing
