// The parts of the drawn set on disk: the same pixels everywhere, drawn once, finished when cut
// off.
#include <fstream>
#include <set>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "tests/data/shapes_drawing.hpp"

namespace dinobench {
namespace shapes_parts_test {

using namespace testing;

/// Few images of every part; each kind of edit and each plot of a video is among them.
ShapesConfig small_set(uint64_t seed, const std::vector<std::string>& parts) {
  ShapesConfig config;
  config.seed = seed;
  config.train_per_class = config.val_per_class = 1;
  config.retrieval = {48, 2, 1, 2, 2, 1, 3};
  config.copydays = {64, 7, 2, 1};
  config.voc = {64, 2, 2};
  config.davis = {{80, 48}, 7, 3};
  config.parts = parts;
  return config;
}

/// Decoded pixels of images, bytes of the rest, with their names, in order of the names.
std::string content_digest(const fs::path& folder) {
  std::set<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.insert(entry.path());
  std::string all;
  for (const fs::path& file : files) {
    all += file.lexically_relative(folder).string() + '\n';
    if (file.extension() == ".jpg" || file.extension() == ".png") {
      const Image image = decode_image(file);
      all += fmt::format("{} {}\n", image.width, image.height);
      all.append(image.pixels.begin(), image.pixels.end());
    } else {
      all += read_file(file);
    }
  }
  return sha256_hex(std::as_bytes(std::span(all)));
}

}  // namespace shapes_parts_test
using namespace shapes_parts_test;

// The contract "a seed gives the same pixels on every machine". A digest changes only with the
// part's generator number.
TEST_CASE("shapes: every part holds these very pixels and lists") {
  const Folder folder;
  REQUIRE(draw_quietly(small_set(0, ShapesConfig().parts), folder.path()));
  for (const auto& [part, digest] :
       {std::pair{"retrieval", "5266e0f8be17b370526d2dc332b9ce19d0ddb86a44a65beddd51e1a8503aea24"},
        {"copydays", "783ce608e6f00cfe87bc444ad4e09e453b3d772305b9b2eb93530ee219d64314"},
        {"voc", "eddb32bbbb8465036962858b09e20f6293f3207e1e8e111e632668af83945929"},
        {"davis", "0afd7f7706da2e7023eeb3e78361c080cbb798fa03e78373e93877bdcb2e854d"}}) {
    INFO(part);
    REQUIRE(content_digest(folder.path() / part) == digest);
  }
}

TEST_CASE("shapes: another seed draws other pixels in every part") {
  const Folder folder;
  for (const std::string part : {"retrieval", "copydays", "voc", "davis"}) {
    std::set<std::string> digests;
    for (const uint64_t seed : {1, 2}) {
      const fs::path root = folder.path() / fmt::format("{}{}", part, seed);
      REQUIRE(draw_quietly(small_set(seed, {part}), root));
      fs::remove(root / part / "shapes.txt");  // names the seed
      digests.insert(content_digest(root));
    }
    REQUIRE(digests.size() == 2);
  }
}

TEST_CASE("shapes: parts are added to a finished set, which stays as it is") {
  const Folder folder;
  REQUIRE(draw_quietly(small_set(0, {"voc"}), folder.path()));
  const std::string voc = content_digest(folder.path() / "voc");
  const auto written = fs::last_write_time(folder.path() / "voc/shapes.txt");
  REQUIRE(read_file(folder.path() / "README.txt").find("davis/") == std::string::npos);
  int64_t images = 0;
  REQUIRE(make_shapes(small_set(0, {"voc", "davis"}), folder.path(),
                      [&](int64_t, int64_t total) { images = total; }));
  REQUIRE(images == 7 * 3);
  REQUIRE(content_digest(folder.path() / "voc") == voc);
  REQUIRE(fs::last_write_time(folder.path() / "voc/shapes.txt") == written);
  const std::string text = read_file(folder.path() / "README.txt");
  REQUIRE(text.find("davis/ (21 .jpg, 21 .png files)") != std::string::npos);
  REQUIRE(text.find("voc/ (4 .jpg, 8 .png files)") != std::string::npos);
  REQUIRE(!draw_quietly(small_set(0, {"davis", "voc"}), folder.path()));
}

TEST_CASE("shapes: a part that was cut off is drawn again, and so is a missing contact sheet") {
  const Folder folder;
  struct Stop {};
  const ShapesConfig config = small_set(0, {"retrieval"});
  REQUIRE_THROWS_AS(make_shapes(config, folder.path(), [](int64_t, int64_t) { throw Stop(); }),
                    Stop);
  const fs::path settings = folder.path() / "retrieval/shapes.txt";
  REQUIRE(read_file(settings).find("finished") == std::string::npos);
  fs::remove(folder.path() / "retrieval/shapes/jpg/shape_0001_hard_1.jpg");
  REQUIRE(draw_quietly(config, folder.path()));
  REQUIRE(read_file(settings).find("finished") != std::string::npos);
  REQUIRE(fs::exists(folder.path() / "retrieval/shapes/jpg/shape_0001_hard_1.jpg"));
  fs::remove(folder.path() / "overview.png");
  REQUIRE(draw_quietly(config, folder.path()));
  REQUIRE(decode_image(folder.path() / "overview.png").width > 500);
}

TEST_CASE("shapes: an unknown part, other settings and settings out of range are refused") {
  const Folder folder;
  REQUIRE(drawing_error(small_set(0, {"davos"}), folder.path()).find("did you mean 'davis'") !=
          std::string::npos);
  ShapesConfig config = small_set(0, {"davis"});
  config.davis.frames = 1;
  REQUIRE(drawing_error(config, folder.path()).find("davis_frames is 1; expected 2 to 999") !=
          std::string::npos);
  REQUIRE(fs::is_empty(folder.path()));
  config.davis.frames = 2;
  REQUIRE(draw_quietly(config, folder.path()));
  config.seed = 5;
  REQUIRE(drawing_error(config, folder.path()).find("other settings (davis/shapes.txt)") !=
          std::string::npos);
}

}  // namespace dinobench
