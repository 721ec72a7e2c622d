// Decoding a box: its pixels are those of the whole image, and a damaged file says the same.
#include "data/decode_part.hpp"

#include <optional>

#include "core/atomic_file.hpp"
#include "core/form.hpp"
#include "data/views.hpp"
#include "data/write_jpeg.hpp"
#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

auto bytes_of(const std::string& content) { return std::as_bytes(std::span(content)); }

/// By libjpeg alone.
Image plain_decode(const std::string& content) {
  const FormScope scope(Form::portable);
  return decode_image(bytes_of(content), "file");
}

Image part_of(const std::string& content, Box box) {
  return decode_part(bytes_of(content), "file", [box](int64_t, int64_t) { return box; });
}

bool same_inside(const Image& whole, const Image& part, Box box) {
  return part.width == whole.width && part.height == whole.height &&
         crop(whole, box).pixels == crop(part, box).pixels;
}

Box random_box(const Image& image, Rng& rng) {
  const int64_t width = rng.integer(1, image.width), height = rng.integer(1, image.height);
  return {rng.integer(0, image.width - width), rng.integer(0, image.height - height), width,
          height};
}

/// 20 random boxes and the corners.
int64_t differences(const std::string& content, uint64_t seed) {
  const Image whole = plain_decode(content);
  Rng rng(seed, "test", {});
  std::vector<Box> boxes{{0, 0, 1, 1}, {whole.width - 1, whole.height - 1, 1, 1}};
  for (int i = 0; i < 20; ++i) boxes.push_back(random_box(whole, rng));
  int64_t wrong = 0;
  for (const Form form : {Form::portable, widest_form()}) {
    const FormScope scope(form);
    for (const Box& box : boxes) wrong += !same_inside(whole, part_of(content, box), box);
  }
  return wrong;
}

TEST_CASE("a box of every real JPEG is decoded as in the whole image") {
  for (const char* name : {"imagenet-sample", "grocery-packages/val", "davis-6", "odd-images"}) {
    const fs::path root = shared_data(name);
    if (root.empty()) return;
    uint64_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      const std::string suffix = entry.path().extension().string();
      if (suffix != ".JPEG" && suffix != ".jpg" && suffix != ".jpeg") continue;
      if (++files > 200) break;
      const std::string content = read_file(entry.path());
      try {
        plain_decode(content);
      } catch (const Error&) {
        continue;
      }
      INFO(entry.path().string());
      REQUIRE(decode_image(bytes_of(content), "file").pixels == plain_decode(content).pixels);
      REQUIRE(differences(content, files) == 0);
    }
    REQUIRE(files > 0);
  }
}

TEST_CASE("JPEGs of every small size, quality and form decode alike") {
  for (int64_t side = 1; side <= 40; ++side) {
    for (const int quality : {5, 50, 95, 100}) {
      const std::string content = encode_jpeg(
          noise(side, 41 - side, static_cast<uint32_t>(side * quality)), quality, "file");
      const Image expected = plain_decode(content);
      for (const Form form : available_forms()) {
        const FormScope scope(form);
        REQUIRE(decode_image(bytes_of(content), "file").pixels == expected.pixels);
      }
    }
  }
}

TEST_CASE("boxes of noise of odd sizes: every column and row of the edge") {
  for (const int64_t side : {101, 112, 127, 130}) {
    const std::string content =
        encode_jpeg(noise(side, 240 - side, static_cast<uint32_t>(side)), 90, "file");
    const Image whole = plain_decode(content);
    for (int64_t at = 0; at < std::min(whole.width, whole.height); ++at) {
      const Box column{at, at / 2, 1, 3}, corner{at, at, whole.width - at, whole.height - at};
      REQUIRE(same_inside(whole, part_of(content, column), column));
      REQUIRE(same_inside(whole, part_of(content, corner), corner));
    }
  }
}

/// Nothing if it cannot be decoded.
template <class Decode>
std::optional<Image> outcome(Decode decode, std::string& message) {
  try {
    return decode();
  } catch (const Error& error) {
    message = error.what();
    return std::nullopt;
  }
}

/// Cut files, changed bytes: the same image or the same message.
void require_same_outcome(const std::string& content, Box box) {
  std::string one, other, third;
  const auto whole = outcome([&] { return plain_decode(content); }, one);
  const auto part = outcome([&] { return part_of(content, box); }, other);
  REQUIRE(whole.has_value() == part.has_value());
  REQUIRE(one == other);
  if (whole) REQUIRE(same_inside(*whole, *part, box));
  {
    const FormScope scope(Form::portable);
    const auto slow = outcome([&] { return part_of(content, box); }, third);
    REQUIRE(whole.has_value() == slow.has_value());
    REQUIRE(one == third);
    if (whole) REQUIRE(same_inside(*whole, *slow, box));
  }
  const auto fast = outcome([&] { return decode_image(bytes_of(content), "file"); }, other);
  REQUIRE(whole.has_value() == fast.has_value());
  REQUIRE(one == other);
  if (whole) REQUIRE(whole->pixels == fast->pixels);
}

TEST_CASE("damage anywhere is answered as by decoding the whole") {
  const std::string content = encode_jpeg(noise(160, 120, 3), 60, "file");
  Rng rng(5, "test", {});
  for (int i = 0; i < 600; ++i) {
    const Box box{rng.integer(0, 100), rng.integer(0, 60), 40, 30};
    const auto at = static_cast<size_t>(rng.integer(20, static_cast<int64_t>(content.size()) - 1));
    require_same_outcome(content.substr(0, at), box);
    std::string changed = content;
    changed[at] = static_cast<char>(rng.integer(0, 255));
    if (i % 3 == 0) changed.resize(changed.size() - 2);  // no end either
    require_same_outcome(changed, box);
  }
}

TEST_CASE("views read no more than they say") {
  const Image image = noise(210, 160, 8);
  std::vector<View> views = multi_crop({.global_crops_size = 48, .local_crops_size = 20});
  for (const auto& [resize, size] :
       {std::pair<int64_t, int64_t>{64, 48}, {200, 100}, {160, 160}, {48, 64}, {90, 100}}) {
    views.push_back(center_view(resize, size));
  }
  for (size_t v = 0; v < views.size(); ++v) {
    Rng rng(2, "view", {v}), again = rng;
    const Box box = views[v].reads(image.width, image.height, rng);
    Image blank = flat(image.width, image.height, 0, 0, 0);
    for (int64_t y = box.top; y < box.top + box.height; ++y) {
      const auto at = static_cast<std::ptrdiff_t>(3 * (y * image.width + box.left));
      std::copy_n(image.pixels.begin() + at, 3 * box.width, blank.pixels.begin() + at);
    }
    REQUIRE(views[v].make(blank, rng).pixels == views[v].make(image, again).pixels);
  }
}

TEST_CASE("resize and centre crop at once equal one after the other") {
  for (const auto& [width, height] : {std::pair<int64_t, int64_t>{71, 50}, {40, 93}, {64, 64}}) {
    const Image image = noise(width, height, static_cast<uint32_t>(width));
    for (const auto& [size, side] :
         {std::pair<int64_t, int64_t>{32, 28}, {64, 64}, {64, 70}, {30, 33}, {90, 17}, {50, 1}}) {
      for (const Form form : available_forms()) {
        const FormScope scope(form);
        REQUIRE(resize_center(image, size, side, Filter::bicubic).pixels ==
                center_crop(resize_short_side(image, size, Filter::bicubic), side).pixels);
      }
    }
  }
}

}  // namespace
}  // namespace dinobench::testing
