// Masks: indices as stored, VOC's colours written, Pillow's nearest. The PNGs were made by Pillow.
#include "data/mask.hpp"

#include "core/atomic_file.hpp"
#include "data/transforms.hpp"
#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

using Values = std::vector<uint8_t>;

/// A PNG from the hexadecimal text of what follows its signature.
std::string png_of(const std::string& hex) {
  std::string bytes = "\x89PNG\r\n\x1a\n";
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

const std::string palette_1 =
    "0000000d4948445200000003000000020103000000a7baf45900000006504c5445000102030405244ed7"
    "260000000c49444154789c637060380000018401010a7f90500000000049454e44ae426082";
const std::string palette_2 =
    "0000000d4948445200000003000000020203000000e01a8e8900000009504c5445000102030405060708"
    "d98bbe6c0000000c49444154789c639060b80000011c00e9fc95490a0000000049454e44ae426082";
const std::string palette_4 =
    "0000000d49484452000000030000000204030000006f5a7b290000000f504c5445000102030405060708"
    "090a0b0c0d0e38b183340000000e49444154789c63649467b8c80000022f00f3d0077d36000000004945"
    "4e44ae426082";
const std::string palette_8 =
    "0000000d4948445200000003000000020803000000aaaa962800000033504c5445000102030405060708"
    "090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132"
    "bc754ea20000001049444154789c63f8ff8f99e10f0323000ff902fe7833fca60000000049454e44ae42"
    "6082";
const std::string grey_8 =
    "0000000d4948445200000003000000020800000000b81f39c60000001049444154789c636460646460fe"
    "f71f00031f020412be295b0000000049454e44ae426082";
const std::string grey_1 =
    "0000000d4948445200000003000000020100000000b50f5bb70000000c49444154789c63486038000001"
    "e40121ec2f19720000000049454e44ae426082";
const std::string grey_16 =
    "0000000d49484452000000010000000110000000006aee47160000000b49444154789c63606000000003"
    "0001b8ad3a630000000049454e44ae426082";
const std::string rgb =
    "0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000"
    "040001f61738550000000049454e44ae426082";
const std::string grey_alpha =
    "0000000d4948445200000001000000010804000000b51c0c020000000b49444154789c63606000000003"
    "0001b8ad3a630000000049454e44ae426082";

TEST_CASE("a palette PNG of 1, 2, 4 or 8 bits gives its indices, with or without a colour") {
  const Folder folder;
  const auto read = [&](const std::string& hex) {
    const Mask mask = read_mask(folder.write("mask.png", png_of(hex)));
    REQUIRE(mask.width == 3);
    REQUIRE(mask.height == 2);
    REQUIRE(mask.has_palette);
    return mask.values;
  };
  REQUIRE(read(palette_1) == Values{0, 1, 0, 1, 1, 0});
  REQUIRE(read(palette_2) == Values{0, 1, 2, 3, 1, 0});
  REQUIRE(read(palette_4) == Values{0, 1, 2, 13, 1, 0});
  REQUIRE(read(palette_8) == Values{255, 254, 3, 252, 0, 1});
}

TEST_CASE("an 8-bit grey PNG gives its values and says that it has no palette") {
  const Folder folder;
  const Mask mask = read_mask(folder.write("mask.png", png_of(grey_8)));
  REQUIRE_FALSE(mask.has_palette);
  REQUIRE(mask.values == Values{0, 1, 2, 3, 254, 255});
}

TEST_CASE("what is no mask is an error that names the file and says what it is") {
  const Folder folder;
  const auto error = [&](const std::string& content) {
    const std::string message =
        error_of([&] { read_mask(folder.write("sequence/00003.png", content)); });
    REQUIRE(contains(message, "sequence/00003.png"));
    return message;
  };
  REQUIRE(contains(error(png_of(rgb)), "8-bit RGB"));
  REQUIRE(contains(error(png_of(grey_1)), "1-bit grey"));
  REQUIRE(contains(error(png_of(grey_16)), "16-bit grey"));
  REQUIRE(contains(error(png_of(grey_alpha)), "grey with alpha"));
  REQUIRE(contains(error("\xff\xd8\xff\xe0"), "not a PNG"));
  REQUIRE(contains(error(""), "not a PNG"));
  const std::string whole = png_of(palette_8);
  for (size_t cut = 8; cut + 12 < whole.size();
       ++cut)  // the last chunk, of 12 bytes, may be missing
    REQUIRE(contains(error(whole.substr(0, cut)), "damaged PNG"));
  REQUIRE(contains(error_of([&] { read_mask(folder.path() / "none.png"); }), "none.png"));
}

TEST_CASE("a written mask reads back, and shows VOC's colours") {
  const Folder folder;
  Mask mask{256, 2, {}};
  for (int64_t i = 0; i < 512; ++i) mask.values.push_back(static_cast<uint8_t>(i * 7 % 256));
  write_mask(mask, folder.path() / "a.png");
  const Mask again = read_mask(folder.path() / "a.png");
  REQUIRE(again.has_palette);
  REQUIRE(again.width == 256);
  REQUIRE(again.values == mask.values);
  write_mask({6, 1, {0, 1, 2, 15, 20, 255}}, folder.path() / "b.png");
  REQUIRE(decode_image(folder.path() / "b.png").pixels ==
          Values{0, 0, 0, 128, 0, 0, 0, 128, 0, 192, 128, 128, 0, 64, 128, 224, 224, 192});
  REQUIRE(contains(error_of([&] { write_mask({2, 2, {0}}, folder.path() / "c.png"); }), "c.png"));
}

TEST_CASE("nearest resizing takes Pillow's pixels") {
  Mask mask{7, 5, {}};
  for (uint8_t i = 0; i < 35; ++i) mask.values.push_back(i);
  REQUIRE(resize_nearest(mask, 3, 2).values == Values{8, 10, 12, 22, 24, 26});
  REQUIRE(resize_nearest(mask, 7, 5).values == mask.values);
  REQUIRE(resize_nearest(mask, 1, 1).values == Values{17});
  const Values first_row = {0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6};
  const Mask larger = resize_nearest(mask, 11, 8);
  REQUIRE(Values(larger.values.begin(), larger.values.begin() + 11) == first_row);
  REQUIRE(larger.values.back() == 34);
}

TEST_CASE("real masks: VOC's palette files and DAVIS-2016's grey ones") {
  const fs::path voc = shared_data("voc-format/VOC2012/SegmentationObject/2011_000006.png");
  const fs::path davis = shared_data("davis-6/DAVIS/Annotations/480p/blackswan/00000.png");
  if (voc.empty() || davis.empty()) return;
  std::vector<int64_t> counts(256, 0);
  const Mask objects = read_mask(voc);
  for (const uint8_t value : objects.values) ++counts[value];
  REQUIRE(objects.has_palette);
  REQUIRE((counts[5] > 0 && counts[6] == 0 && counts[7] > 0));
  const Mask swan = read_mask(davis);
  REQUIRE_FALSE(swan.has_palette);
  REQUIRE(swan.width == 854);
  for (const uint8_t value : swan.values) REQUIRE((value == 0 || value == 255));
}

}  // namespace
}  // namespace dinobench::testing
