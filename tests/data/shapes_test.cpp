// The embedded data set: the same bytes everywhere, objects inside their images, folders that can
// be made again.
#include "data/shapes.hpp"

#include <algorithm>
#include <fstream>
#include <set>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/shapes_scene.hpp"
#include "tests/data/shapes_drawing.hpp"

namespace dinobench {
namespace shapes_test {

using namespace testing;

std::string digest(const std::vector<uint8_t>& bytes) {
  return sha256_hex(std::as_bytes(std::span(bytes)));
}

/// All pixels, then all masks, of two training images and one validation image of each class.
std::vector<uint8_t> small_set(uint64_t seed, int64_t size) {
  ShapesConfig config;
  config.seed = seed;
  config.size = size;
  std::vector<uint8_t> bytes;
  for (int64_t label = 0; label < config.classes; ++label)
    for (const auto& [train, index] : {std::pair{true, 0}, {true, 1}, {false, 0}}) {
      const MaskedImage drawn = draw_shape_and_mask(config, train, label, index);
      bytes.insert(bytes.end(), drawn.image.pixels.begin(), drawn.image.pixels.end());
      bytes.insert(bytes.end(), drawn.mask.begin(), drawn.mask.end());
    }
  return bytes;
}

/// The classification part alone, tiny.
ShapesConfig tiny(int64_t train_per_class, int64_t val_per_class) {
  ShapesConfig config;
  config.classes = 2;
  config.train_per_class = train_per_class;
  config.val_per_class = val_per_class;
  config.parts = {"classification"};
  return config;
}

}  // namespace shapes_test
using namespace shapes_test;

// The digests are the contract "a seed gives the same bytes on every machine": they change only
// with the generator's number.
TEST_CASE("shapes: a seed gives these very bytes at every size") {
  REQUIRE(digest(small_set(0, 32)) ==
          "fbf6a83e169424ee09cedccad5275124558b44519cac0fed78dabacaf28e8733");
  REQUIRE(digest(small_set(7, 32)) ==
          "b1d76ae58e40b0a3e95af5010ababcbc4599df7c9bee3cbbe75a687a10663964");
  REQUIRE(digest(small_set(0, 65)) ==
          "46677d108999b5f34452225d8511a960c537a9775d59da01888d0eaaec9d1142");
}

TEST_CASE("shapes: seeds, splits, classes and indices all differ") {
  std::set<std::vector<uint8_t>> seen;
  for (const uint64_t seed : {0, 1})
    for (const bool train : {true, false})
      for (int64_t label = 0; label < 10; ++label)
        for (int64_t index = 0; index < 3; ++index) {
          ShapesConfig config;
          config.seed = seed;
          seen.insert(draw_shape(config, train, label, index).pixels);
        }
  REQUIRE(seen.size() == 2 * 2 * 10 * 3);
}

TEST_CASE("shapes: the mask holds a good part of the image and never all of it") {
  ShapesConfig config;
  for (int64_t label = 0; label < config.classes; ++label)
    for (int64_t index = 0; index < 20; ++index) {
      const MaskedImage drawn = draw_shape_and_mask(config, true, label, index);
      REQUIRE(drawn.mask.size() == static_cast<size_t>(config.size * config.size));
      REQUIRE(drawn.image.pixels.size() == 3 * drawn.mask.size());
      const auto inside = std::count(drawn.mask.begin(), drawn.mask.end(), 255);
      REQUIRE(inside + std::count(drawn.mask.begin(), drawn.mask.end(), 0) ==
              static_cast<int64_t>(drawn.mask.size()));
      REQUIRE(inside > config.size * config.size / 8);
      REQUIRE(inside < config.size * config.size);
    }
}

TEST_CASE("shapes: a painted disc has the area and the middle of its pose") {
  shapes::Scene scene;
  scene.object.outline = shapes::Outline::disc;
  scene.object.first = {200, 100, 50};
  scene.ground = {10, 20, 30};
  scene.pose = {{shapes::kFrame / 2, shapes::kFrame / 4}, shapes::kFrame / 8, 123};
  Rng noise(0, "test", {});
  const shapes::Picture seen = shapes::paint(scene, 128, noise);
  int64_t area = 0, x_sum = 0, y_sum = 0;
  for (int64_t y = 0; y < 128; ++y)
    for (int64_t x = 0; x < 128; ++x)
      if (seen.mask[static_cast<size_t>(128 * y + x)] == 255) ++area, x_sum += x, y_sum += y;
  REQUIRE(std::abs(area - 804) < 12);  // pi * 16^2
  REQUIRE(std::abs(2 * x_sum - 127 * area) < area);
  REQUIRE(std::abs(2 * y_sum - 63 * area) < area);
  const size_t middle = 3 * (128 * 32 + 64);
  REQUIRE(seen.pixels[middle] == 200);
  REQUIRE(seen.pixels[middle + 1] == 100);
  REQUIRE(seen.pixels[0] == 10);
  REQUIRE(seen.pixels[2] == 30);
}

TEST_CASE("shapes: an occluder hides the object from the mask too") {
  shapes::Scene scene;
  scene.object.outline = shapes::Outline::square;
  scene.pose = {{shapes::kFrame / 2, shapes::kFrame / 2}, shapes::kFrame / 4, 0};
  Rng noise(0, "test", {});
  REQUIRE(shapes::paint(scene, 32, noise).mask[16 * 32 + 16] == 255);
  scene.before.push_back(
      {shapes::Outline::disc, {{shapes::kFrame / 2, shapes::kFrame / 2}, 8192, 0}, {1, 2, 3}});
  const shapes::Picture hidden = shapes::paint(scene, 32, noise);
  REQUIRE(hidden.mask[16 * 32 + 16] == 0);
  REQUIRE(hidden.pixels[3 * (16 * 32 + 16) + 2] == 3);
}

TEST_CASE("shapes: fixed-point helpers agree with the real numbers") {
  REQUIRE(shapes::sine(0) == 0);
  REQUIRE(shapes::sine(shapes::kTurn / 4) == 16384);
  REQUIRE(shapes::sine(-shapes::kTurn / 4) == -16384);
  REQUIRE(shapes::sine(shapes::kTurn / 12) == Approx(8192).margin(30));
  REQUIRE(shapes::square_root(99) == 9);
  REQUIRE(shapes::square_root(100) == 10);
  REQUIRE(shapes::floor_divide(-1, 8) == -1);
  REQUIRE(shapes::floor_remainder(-1, 8) == 7);
  REQUIRE(shapes::colour_of(256, 255, 200) == shapes::Colour{200, 200, 0});
  REQUIRE(shapes::colour_of(1024, 255, 200) == shapes::Colour{0, 0, 200});
}

TEST_CASE("shapes: class names are sorted, so that labels are those of an ImageFolder") {
  const std::vector<std::string> names = shapes_class_names();
  REQUIRE(names.size() == 10);
  REQUIRE(std::is_sorted(names.begin(), names.end()));
}

TEST_CASE("shapes: folders are balanced and hold the drawn pixels; a second call does nothing") {
  const Folder folder;
  ShapesConfig config = tiny(3, 2);
  config.seed = 3;
  int64_t last = 0;
  REQUIRE(make_shapes(config, folder.path(), [&](int64_t done, int64_t total) {
    REQUIRE(done > last);
    REQUIRE(total == 10);
    last = done;
  }));
  REQUIRE(last == 10);
  for (const std::string& name : {shapes_class_names()[0], shapes_class_names()[1]}) {
    REQUIRE(fs::exists(folder.path() / "classification/train" / name / "0002.png"));
    REQUIRE(!fs::exists(folder.path() / "classification/train" / name / "0003.png"));
    REQUIRE(fs::exists(folder.path() / "classification/val" / name / "0001.png"));
    REQUIRE(!fs::exists(folder.path() / "classification/val" / name / "0002.png"));
  }
  const fs::path file = folder.path() / "classification/val" / shapes_class_names()[1] / "0001.png";
  REQUIRE(decode_image(file).pixels == draw_shape(config, false, 1, 1).pixels);
  fs::remove(file);
  REQUIRE(!draw_quietly(config, folder.path()));
  REQUIRE(!fs::exists(file));
}

TEST_CASE("shapes: an interrupted set is finished, another one or a full folder is refused") {
  const Folder folder;
  ShapesConfig config = tiny(2, 1);
  struct Stop {};
  REQUIRE_THROWS_AS(make_shapes(config, folder.path(), [](int64_t, int64_t) { throw Stop(); }),
                    Stop);
  REQUIRE(draw_quietly(config, folder.path()));
  config.seed = 1;
  REQUIRE(drawing_error(config, folder.path()).find("other settings") != std::string::npos);
  fs::remove_all(folder.path());
  fs::create_directories(folder.path());
  std::ofstream(folder.path() / "mine.txt") << "mine";
  REQUIRE(drawing_error(config, folder.path()).find("no shapes set") != std::string::npos);
  config.size = 31;
  REQUIRE(drawing_error(config, folder.path() / "new").find("32 to 512") != std::string::npos);
  REQUIRE(!fs::exists(folder.path() / "new"));
}

}  // namespace dinobench
