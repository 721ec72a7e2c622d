// Blocks of Copydays from whatever folders there are.
#include "data/copydays.hpp"

#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

class CopydaysFixture {
 public:
  CopydaysFixture() {
    for (const char* name : {"original/200000", "original/200100", "strong/200102", "strong/200005",
                             "strong/200007", "strong/300000", "jpegqual/10/200000",
                             "jpegqual/10/200100", "jpegqual/5/200000", "jpegqual/5/200100"})
      folder_.write(std::string(name) + ".jpg", "x");
    folder_.write("original/notes.txt", "not an image");
  }
  fs::path path() const { return folder_.path(); }
  void add(const std::string& name) const { folder_.write(name, "x"); }
  std::vector<CopydaysBlock> open() const { return open_copydays(path()); }

 private:
  Folder folder_;
};

TEST_CASE("blocks come in the order original, strong, then series by their numbers") {
  const std::vector<CopydaysBlock> blocks = CopydaysFixture().open();
  std::vector<std::string> names;
  for (const CopydaysBlock& block : blocks) names.push_back(block.name);
  REQUIRE(names == std::vector<std::string>{"original", "strong", "jpegqual_5", "jpegqual_10"});
  REQUIRE(blocks[0].images.size() == 2);
  REQUIRE(blocks[3].images.samples[1].id == "200100.jpg");
}

TEST_CASE("a copy comes from the original of its index, a strong one from those of its prefix") {
  const CopydaysFixture fixture;
  fixture.add("original/200009.jpg");
  fixture.add("jpegqual/5/200009.jpg");
  fixture.add("jpegqual/10/200009.jpg");
  const std::vector<CopydaysBlock> blocks = fixture.open();  // 200000 200009 200100
  REQUIRE(blocks[2].positives == std::vector<std::vector<int64_t>>{{0}, {1}, {2}});
  // 200005 200007 200102 300000; all of 2000 and 2001 have their own four characters.
  REQUIRE(blocks[1].positives == std::vector<std::vector<int64_t>>{{0, 1}, {0, 1}, {2}, {}});
}

TEST_CASE("a block that does not fit is named") {
  const CopydaysFixture fixture;
  fixture.add("crops/20/200000.jpg");
  REQUIRE_THROWS_WITH(fixture.open(), Catch::Contains("crops/20 holds 1 images") &&
                                          Catch::Contains("original holds 2"));
  fs::remove_all(fixture.path() / "crops");
  fs::create_directories(fixture.path() / "crops" / "20");
  REQUIRE_THROWS_WITH(fixture.open(), Catch::Contains("crops/20: no image in this block"));
  fs::remove_all(fixture.path() / "crops");
  fixture.add("crops/half/200000.jpg");
  REQUIRE_THROWS_WITH(fixture.open(), Catch::Contains("crops/half"));
  fs::remove_all(fixture.path() / "original");
  REQUIRE_THROWS_WITH(fixture.open(), Catch::Contains("expected a folder that holds 'original'"));
}

}  // namespace
}  // namespace dinobench::testing
