// Official sets: complete and incomplete copies, and checksums against published test vectors.
#include "data/official.hpp"

#include <fstream>

#include "core/file_digest.hpp"
#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

std::vector<std::string> bad(const std::string& name, const fs::path& root) {
  Findings findings;
  OfficialSets::find(name).verify(root, findings);
  std::vector<std::string> out;
  for (const Finding& finding : findings.all())
    if (!finding.good) out.push_back(finding.text);
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("digests of files are those of RFC 1321 and FIPS 180") {
  const Folder folder;
  const fs::path abc = folder.write("abc", "abc"), none = folder.write("none", "");
  REQUIRE(file_digest(abc, Digest::md5) == "900150983cd24fb0d6963f7d28e17f72");
  REQUIRE(file_digest(none, Digest::md5) == "d41d8cd98f00b204e9800998ecf8427e");
  REQUIRE(file_digest(abc, Digest::sha256) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const fs::path million = folder.write("million", std::string(1000000, 'a'));
  REQUIRE(file_digest(million, Digest::sha256) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  REQUIRE_THROWS_WITH(file_digest(folder.path() / "absent", Digest::md5),
                      Catch::Contains("absent"));
}

TEST_CASE("an incomplete ImageNet is told by its classes, images and names") {
  const Folder folder;
  folder.write("train/n01440764/a.JPEG", "");
  folder.write("val/n01440764/a.JPEG", "");
  folder.write("val/tench/b.JPEG", "");
  REQUIRE(bad("imagenet", folder.path()) ==
          Texts{"train: 1 classes, expected 1000", "train: 1 images, expected 1281167",
                "train: 1 classes of another size than published, expected 0",
                "val: 2 classes, expected 1000", "val: 2 images, expected 50000",
                "val: 1 folders that are no WordNet id (n and eight digits), expected 0",
                "val: 2 classes of another size than published, expected 0"});
}

TEST_CASE("Copydays with all its blocks is complete, and a lost copy is named") {
  const Folder folder;
  const auto fill = [&](const std::string& block, int count) {
    for (int i = 0; i < count; ++i)
      folder.write(fmt::format("{}/{:04d}{}.jpg", block, 2000 + i % 157, i < 157 ? "" : "b"), "");
  };
  fill("original", 157);
  fill("strong", 229);
  for (const int n : {10, 15, 20, 30, 40, 50, 60, 70, 80}) fill(fmt::format("crops/{}", n), 157);
  for (const int n : {3, 5, 8, 10, 15, 20, 30, 50, 75}) fill(fmt::format("jpegqual/{}", n), 157);
  REQUIRE(bad("copydays", folder.path()).empty());
  fs::remove(folder.path() / "strong/2000.jpg");
  REQUIRE(bad("copydays", folder.path()) == Texts{"strong: 228 images, expected 229"});
}

TEST_CASE("VOC and DAVIS are counted through their lists") {
  const Folder folder;
  const std::string voc = "voc/", davis = "davis/";
  for (const std::string split : {"train", "val"})
    folder.write(voc + "ImageSets/Segmentation/" + split + ".txt", "2007_000032\n");
  for (const char* file : {"JPEGImages/2007_000032.jpg", "SegmentationObject/2007_000032.png",
                           "SegmentationClass/2007_000032.png"})
    folder.write(voc + file, "");
  REQUIRE(bad("voc2012", folder.path() / "voc").size() == 4);
  for (const std::string set : {"2017/train", "2017/val"})
    folder.write(davis + "ImageSets/" + set + ".txt", "bear\n");
  folder.write(davis + "JPEGImages/480p/bear/00000.jpg", "");
  folder.write(davis + "Annotations/480p/bear/00000.png", "");
  const Texts texts = bad("davis2017", folder.path() / "davis");
  REQUIRE(texts.size() == 6);
  REQUIRE(texts[3] == "2017/val: 1 sequences, expected 30");
  REQUIRE(texts[4] == "2017/val: 1 frames, expected 1999");
}

TEST_CASE("a file under a published name must have the published checksum") {
  const Folder folder;
  REQUIRE_THROWS_WITH(bad("files", folder.path()), Catch::Contains("ILSVRC2012_img_val.tar"));
  folder.write("dino_vitbase16_pretrain.pth", "abc");
  const Texts texts = bad("files", folder.path());
  REQUIRE(texts.size() == 1);
  REQUIRE_THAT(texts[0], Catch::Contains("ba7816bf") && Catch::Contains("published is bf34ad0f"));
}

}  // namespace dinobench::testing
