// The VOC layout: its list, and what is wrong with one.
#include "data/voc.hpp"

#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

const std::string list = "ImageSets/Segmentation/val.txt", objects = "SegmentationObject";

TEST_CASE("a list names images and masks in its own order, blank lines and ends left out") {
  const Folder folder;
  folder.write(list, "b\r\n\n  a \nc");
  for (const char* name : {"JPEGImages/a.jpg", "JPEGImages/b.png", "JPEGImages/c.jpeg"})
    folder.write(name, "x");
  for (const char* name : {"a", "b", "c"}) folder.write(objects + "/" + name + ".png", "yy");
  const VocSplit split = open_voc(folder.path(), "val", objects);
  REQUIRE(split.files.size() == 3);
  REQUIRE(split.files[0].id == "b");
  REQUIRE(split.files[0].image == folder.path() / "JPEGImages/b.png");
  REQUIRE(split.files[1].mask == folder.path() / objects / "a.png");
  const std::string before = split.fingerprint();
  folder.write(objects + "/c.png", "yyy");
  REQUIRE(split.fingerprint() != before);
}

TEST_CASE("a list with an entry that cannot be is refused with its line") {
  const Folder folder;
  const auto refusal = [&](const std::string& lines) {
    folder.write(list, lines);
    return error_of([&] { open_voc(folder.path(), "val", objects); });
  };
  folder.write("JPEGImages/a.jpg", "x");
  REQUIRE(contains(error_of([&] { open_voc(folder.path(), "val", objects); }), "no such list"));
  REQUIRE(contains(error_of([&] { open_voc(folder.path() / "none", "val", objects); }), "none"));
  REQUIRE(contains(refusal("a\n"), "line 1: no mask"));
  folder.write(objects + "/a.png", "x");
  REQUIRE(contains(refusal("a\nb\n"), "line 2: no image"));
  REQUIRE(contains(refusal("a\na\n"), "twice"));
  REQUIRE(contains(refusal("../a\n"), "has a folder in it"));
  REQUIRE(contains(refusal(" \n"), "names no image"));
}

}  // namespace
}  // namespace dinobench::testing
