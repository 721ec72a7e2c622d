// Mass masks, overlaps and Jaccard: by hand, by the golden vector, and the whole evaluation.
#include "tests/eval/attention_voc.hpp"
// Torch before everything.
#include "core/error.hpp"
#include "data/transforms.hpp"
#include "eval/attention_map.hpp"
#include "eval/attention_pictures.hpp"
#include "eval/attention_scores.hpp"
#include "eval/rescore.hpp"
#include "tests/backbones/portable_fill.hpp"

namespace dinobench {
namespace attention_test {

using attention_voc::network;
using attention_voc::run;

std::vector<int> kept(const at::Tensor& map, double share) {
  const at::Tensor mask = mass_mask(map.view({1, -1}), share).to(at::kInt);
  return {mask.const_data_ptr<int>(), mask.const_data_ptr<int>() + mask.numel()};
}

TEST_CASE("mass masks are those of the golden vector", "[attention]") {
  const at::Tensor maps = portable::values(5500, {2, 9}, 1.0).abs();
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const at::Tensor mask = mass_mask(maps.to(dtype).view({2, 3, 3}), 0.6);
    REQUIRE(mask.sizes() == at::IntArrayRef{2, 3, 3});
    REQUIRE(kept(maps[0].to(dtype), 0.6) == std::vector<int>{0, 0, 1, 0, 1, 1, 1, 0, 0});
    REQUIRE(
        mask[0].flatten().to(at::kInt).equal(at::tensor({0, 0, 1, 0, 1, 1, 1, 0, 0}, at::kInt)));
    REQUIRE(
        mask[1].flatten().to(at::kInt).equal(at::tensor({1, 1, 0, 0, 0, 0, 1, 1, 1}, at::kInt)));
  }
}

TEST_CASE("the largest patches hold the mass; of equal ones the later go first", "[attention]") {
  const at::Tensor map = at::tensor({1.0f, 5.0f, 2.0f, 8.0f});  // cumulative 1/16 3/16 1/2 1
  REQUIRE(kept(map, 0.4) == std::vector<int>{0, 0, 0, 1});
  REQUIRE(kept(map, 0.6) == std::vector<int>{0, 1, 0, 1});
  REQUIRE(kept(map, 0.9) == std::vector<int>{0, 1, 1, 1});
  REQUIRE(kept(map, 1.0) == std::vector<int>{1, 1, 1, 1});
  const at::Tensor flat = at::ones({4});
  REQUIRE(kept(flat, 0.5) == std::vector<int>{0, 0, 1, 1});  // 1/2 is not above 1/2
  REQUIRE(kept(flat, 0.6) == std::vector<int>{0, 1, 1, 1});
  REQUIRE_THROWS_WITH(kept(flat, 0), Catch::Contains("(0, 1]"));
}

Mask mask_of(int64_t width, std::vector<uint8_t> values) {
  const auto height = static_cast<int64_t>(values.size()) / width;
  return {width, height, std::move(values)};
}

TEST_CASE("void counts on neither side, ids may have gaps", "[attention]") {
  const Mask mask = mask_of(4, {1, 1, 0, 0,      //
                                1, 255, 0, 0,    //
                                3, 0, 255, 255,  //
                                0, 0, 255, 3});
  REQUIRE(object_ids(mask) == std::vector<int64_t>{1, 3});
  const PatchedMask patches = count_patches(mask, 2);
  REQUIRE(patches.seen == std::vector<int64_t>{3, 4, 4, 1});
  REQUIRE(patches.objects.size() == 2);
  const MaskObject &one = patches.objects[0], &three = patches.objects[1];
  REQUIRE((one.id == 1 && one.area == 3 && three.id == 3 && three.area == 2));
  const bool first[] = {true, false, false, false}, both[] = {true, false, false, true},
             none[] = {false, false, false, false};
  REQUIRE(overlap(patches, one, first) == 1);  // its void neighbour is nobody's
  REQUIRE(overlap(patches, three, first) == 0);
  REQUIRE(overlap(patches, one, both) == 0.75);
  REQUIRE(overlap(patches, three, both) == 1.0 / 5);
  REQUIRE(overlap(patches, one, none) == 0);
  const Mask edge = mask_of(5, {1, 1, 0, 0, 2, 1, 1, 0, 0, 2});  // 2 lies beyond the last patch
  REQUIRE(count_patches(edge, 2).objects.size() == 1);
  REQUIRE(object_ids(edge).size() == 2);
}

// Pixel by pixel on the enlarged mask.
double plain_overlap(const Mask& mask, uint8_t id, const std::vector<uint8_t>& chosen,
                     int64_t patch) {
  int64_t both = 0, either = 0;
  for (int64_t y = 0; y < mask.height; ++y) {
    for (int64_t x = 0; x < mask.width; ++x) {
      const uint8_t value = mask.values[static_cast<size_t>(y * mask.width + x)];
      if (value == 255) continue;
      const bool on =
          chosen[static_cast<size_t>(y / patch * (mask.width / patch) + x / patch)] != 0;
      both += on && value == id;
      either += on || value == id;
    }
  }
  return static_cast<double>(both) / static_cast<double>(either);
}

TEST_CASE("counting patches equals counting pixels", "[attention]") {
  Rng rng(1, "masks", {});
  for (int round = 0; round < 20; ++round) {
    Mask mask{24, 16, {}};
    for (int i = 0; i < 24 * 16; ++i) {
      const auto draw = static_cast<uint8_t>(rng.integer(0, 4));
      mask.values.push_back(draw == 4 ? 255 : draw);
    }
    std::vector<uint8_t> chosen;
    std::array<bool, 24> flags{};
    for (bool& flag : flags) chosen.push_back(flag = rng.uniform() < 0.4);
    const PatchedMask patches = count_patches(mask, 4);
    REQUIRE(patches.objects.size() == 3);
    for (const MaskObject& object : patches.objects)
      REQUIRE(overlap(patches, object, flags) ==
              plain_overlap(mask, static_cast<uint8_t>(object.id), chosen, 4));
  }
}

TEST_CASE("best head of an object, mean of an image's objects, mean of images", "[attention]") {
  AttentionScores scores;
  scores.thresholds = {0.6, 0.75};
  scores.heads = 2;
  scores.image = {0, 0, 4};
  scores.id = {1, 3, 1};
  scores.area = {10, 20, 30};
  scores.iou = {10, 30, 1, 2, /**/ 50, 50, 3, 2, /**/ 20, 0, 0, 0};
  scores.mean_head_iou = {4, 1, 8, 2, 12, 3};
  EvaluationRecord record;
  fill_record(scores, 0, record);
  const auto value = [&](const std::string& name) { return record.metrics.at(name).value; };
  REQUIRE(record.metrics.size() == 8);
  REQUIRE(value("jaccard_t60") == (40.0 + 20.0) / 2);
  REQUIRE(value("jaccard_t75") == (2.5 + 0.0) / 2);
  REQUIRE(value("mean_head_jaccard_t60") == (6.0 + 12.0) / 2);
  REQUIRE(value("mean_head_jaccard_t75") == (1.5 + 3.0) / 2);
  REQUIRE(value("head0_jaccard_t60") == (30.0 + 20.0) / 2);
  REQUIRE(value("head1_jaccard_t60") == (40.0 + 0.0) / 2);
  REQUIRE(value("head1_jaccard_t75") == (2.0 + 0.0) / 2);
  const Metric& metric = record.metrics.at("jaccard_t60");
  REQUIRE((metric.n == 2 && metric.ci_low == 20 && metric.ci_high == 40));
  REQUIRE(std::get<std::vector<int64_t>>(record.raw.at("best_head").values) ==
          std::vector<int64_t>{1, 1, 0, 0, 0, 0});  // of equal heads the first
}

void check_rescored(const EvaluationRecord& record) {
  const auto again = Rescorers::find("attention").recompute(record);
  REQUIRE(again.size() == record.metrics.size());
  for (const auto& [name, metric] : record.metrics)
    REQUIRE(again.at(name) == Approx(metric.value).margin(1e-9));
}

int64_t number(const EvaluationRecord& record, const std::string& name) {
  return std::get<int64_t>(record.attributes.at(name));
}

TEST_CASE("attention on a drawn set keeps metrics, answers and maps", "[attention]") {
  const tiny::Folder folder("attention");
  attention_voc::draw(folder / "", 4);
  const EvaluationRecord record = run(folder / "", network("vit_nano"), {"--save_attention"});
  REQUIRE(record.metrics.size() == 2 * 4);
  REQUIRE(record.metrics.at("jaccard_t80").n == 4);
  REQUIRE(record.metrics.at("jaccard_t80").unit == "percent");
  REQUIRE(record.raw.at("iou").shape == std::vector<int64_t>{8, 2, 2});
  REQUIRE(record.raw.at("attention").shape == std::vector<int64_t>{4, 2, 5, 6});  // H first
  const auto& ids = std::get<std::vector<int64_t>>(record.raw.at("object_ids").values);
  REQUIRE(ids == std::vector<int64_t>{1, 3, 1, 3, 1, 3, 1, 3});
  REQUIRE(number(record, "vanished_objects") == 0);
  REQUIRE(number(record, "images_without_objects") == 0);
  check_rescored(record);
  REQUIRE(record.metrics.at("jaccard_t60").value >= record.metrics.at("head0_jaccard_t60").value);
}

TEST_CASE("vanished objects and empty images are left out and counted", "[attention]") {
  const tiny::Folder folder("attention_vanish");
  attention_voc::draw(folder / "", 3);
  Mask mask = attention_voc::drawn_mask(0);
  mask.values[2] = 9;  // one pixel: column 2 is none that 20 of 40 columns take (1, 3, 5 ...)
  write_mask(mask, folder / "SegmentationObject/picture0.png");
  std::fill(mask.values.begin(), mask.values.end(), uint8_t{0});
  write_mask(mask, folder / "SegmentationObject/picture2.png");
  const EvaluationRecord record =
      run(folder / "", network("vit_nano"), {"--image_size", "16", "20"});
  REQUIRE(number(record, "vanished_objects") == 1);
  REQUIRE(number(record, "images") == 3);
  REQUIRE(number(record, "images_without_objects") == 1);
  REQUIRE(record.metrics.at("jaccard_t60").n == 2);
  check_rescored(record);
}

TEST_CASE("a network without attention is not applicable", "[attention]") {
  const tiny::Folder folder("attention_none");
  attention_voc::draw(folder / "", 1);
  for (const char* arch : {"resnet18", "pixels"}) {
    const EvaluationRecord record = run(folder / "", network(arch));
    REQUIRE(std::get<std::string>(record.attributes.at("status")) == "not_applicable");
    REQUIRE(std::get<std::string>(record.attributes.at("reason")) ==
            std::string(arch) + " has no attention");
    REQUIRE(record.metrics.empty());
  }
}

TEST_CASE("bad input of the attention evaluation is named", "[attention]") {
  const tiny::Folder folder("attention_bad");
  attention_voc::draw(folder / "", 2);
  const FrozenModel model = network("vit_nano");
  REQUIRE_THROWS_WITH(run(folder / "", model, {"--split", "test"}), Catch::Contains("test.txt"));
  REQUIRE_THROWS_WITH(run(folder / "", model, {"--masks", "class"}),
                      Catch::Contains("SegmentationClass/picture0.png"));
  REQUIRE_THROWS_WITH(run(folder / "", model, {"--threshold", "0.6", "1.2"}),
                      Catch::Contains("1.2"));
  REQUIRE_THROWS_WITH(run(folder / "", model, {"--threshold", "0.6", "0.6"}),
                      Catch::Contains("twice"));
  REQUIRE_THROWS_WITH(run(folder / "", model, {"--image_size", "4", "48"}),
                      Catch::Contains("48 x 4") && Catch::Contains("patch"));
  write_mask({10, 10, std::vector<uint8_t>(100, 1)}, folder / "SegmentationObject/picture1.png");
  REQUIRE_THROWS_WITH(
      run(folder / "", model),
      Catch::Contains("picture1.png: the mask is 10 x 10") && Catch::Contains("40 x 36"));
  for (const char* id : {"picture0", "picture1"})
    write_mask({40, 36, std::vector<uint8_t>(40 * 36, 255)},
               folder / ("SegmentationObject/" + std::string(id) + ".png"));
  REQUIRE_THROWS_WITH(run(folder / "", model), Catch::Contains("not one object in the 2 masks"));
}

TEST_CASE("sides of a resized image are torchvision's", "[attention]") {
  const auto sides = [](std::vector<int64_t> size) {
    const ImageSides out = resized_sides({375, 500}, size);
    return std::vector<int64_t>{out.height, out.width};
  };
  REQUIRE(sides({480, 854}) == std::vector<int64_t>{480, 854});
  REQUIRE(sides({200}) == std::vector<int64_t>{200, 266});
  REQUIRE_THROWS_WITH(sides({0}), Catch::Contains("1 or more"));
  REQUIRE_THROWS_WITH(sides({1, 2, 3}), Catch::Contains("H W"));
}

TEST_CASE("an overlay is half red, with a rim of red", "[attention]") {
  Image grey{12, 12, std::vector<uint8_t>(3 * 144, 101)};
  const at::Tensor mask =
      at::tensor({1, 0, 0, 0, 0, 0, 0, 0, 0}, at::kInt).view({3, 3}).to(at::kBool);
  const Image picture = overlay(grey, mask, 4);
  const auto at = [&](int64_t x, int64_t y) {
    const uint8_t* p = picture.pixels.data() + 3 * (12 * y + x);
    return std::vector<int>{p[0], p[1], p[2]};
  };
  REQUIRE(at(1, 2) == std::vector<int>{178, 50, 50});
  REQUIRE(at(0, 2) == std::vector<int>{255, 0, 0});  // the picture's border is a rim
  REQUIRE(at(3, 1) == std::vector<int>{255, 0, 0});
  REQUIRE(at(4, 1) == std::vector<int>{101, 101, 101});
}

TEST_CASE("pictures are saved one folder an image, all of the input's size", "[attention]") {
  const tiny::Folder folder("attention_maps");
  attention_voc::draw(folder / "set", 2);
  run(folder / "set", network("vit_nano"), {"--save_maps", (folder / "maps").string()});
  for (const char* name :
       {"img.png", "attn-head0.png", "attn-head1.png", "mask_th0.6_head0.png",
        "mask_th0.6_head1.png", "mask_th0.8_head0.png", "mask_th0.8_head1.png"}) {
    for (const char* id : {"picture0", "picture1"}) {
      const Image picture = decode_image(folder / "maps" / id / name);
      REQUIRE((picture.width == 48 && picture.height == 40));
    }
  }
}

TEST_CASE("a frame's mean map is dark outside the mass that is asked for", "[attention]") {
  const at::Tensor map = at::tensor({1.0f, 5.0f, 2.0f, 8.0f}).view({2, 2});
  const Image whole = mean_picture(map, 1, {}), part = mean_picture(map, 1, 0.6);
  REQUIRE(std::vector<int>(whole.pixels.begin(), whole.pixels.begin() + 3) ==
          std::vector<int>{0, 0, 3});
  REQUIRE(std::vector<int>(part.pixels.begin() + 6, part.pixels.begin() + 9) ==
          std::vector<int>{0, 0, 3});  // 2 of 16 is not among the 60 percent
  REQUIRE(std::vector<uint8_t>(part.pixels.end() - 3, part.pixels.end()) ==
          std::vector<uint8_t>{252, 254, 164});
  REQUIRE(mean_head(at::stack({map, map * 3})).equal(map * 2));
}

}  // namespace attention_test
}  // namespace dinobench
