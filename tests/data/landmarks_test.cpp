// The ground truth of revisited Oxford and Paris: read whole, every fault named by file and field.
#include "data/landmarks.hpp"

#include <map>

#include "core/pickler.hpp"
#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

Value texts(const std::vector<std::string>& words) {
  ValueList items;
  for (const std::string& word : words) items.emplace_back(word);
  return Value::list(items);
}

Value numbers(const std::vector<double>& values) {
  ValueList items;
  for (const double value : values) {
    if (value == static_cast<double>(static_cast<int64_t>(value)))
      items.emplace_back(static_cast<int64_t>(value));
    else
      items.emplace_back(value);
  }
  return Value::list(items);
}

Value query(const std::vector<double>& easy, const std::vector<double>& hard,
            const std::vector<double>& junk, const std::vector<double>& box = {1, 2, 30.5, 20}) {
  return Value::dict({{"bbx", numbers(box)},
                      {"easy", numbers(easy)},
                      {"hard", numbers(hard)},
                      {"junk", numbers(junk)}});
}

/// Three database images, two queries.
class LandmarkFolder {
 public:
  LandmarkFolder() {
    for (const char* name : {"d0", "d1", "d2", "q0", "q1"}) folder_.write(path(name), name);
    root["imlist"] = texts({"d0", "d1", "d2"});
    root["qimlist"] = texts({"q0", "q1"});
    root["gnd"] = Value::list({query({0}, {2}, {}), query({}, {}, {1})});
  }
  static std::string path(const std::string& name) { return "tiny/jpg/" + name + ".jpg"; }
  LandmarkSet open(bool crop = false) const {
    ValueDict entries;
    for (const auto& [name, value] : root) entries.emplace_back(name, value);
    folder_.write("tiny/gnd_tiny.pkl",
                  pickle(Value::dict(entries), [](const TensorData&) { return ""; }));
    return open_landmarks(folder_.path().string(), "tiny", crop);
  }
  fs::path folder() const { return folder_.path(); }
  void set_gnd(const Value& first) { root["gnd"] = Value::list({first, query({}, {}, {1})}); }

  std::map<std::string, Value> root;

 private:
  Folder folder_;
};

TEST_CASE("images and indices come in the order of the lists") {
  const LandmarkSet set = LandmarkFolder().open();
  REQUIRE(set.database.size() == 3);
  REQUIRE(set.database.samples[2].id == "jpg/d2.jpg");
  REQUIRE(set.queries.samples[0].id == "jpg/q0.jpg");
  REQUIRE(!set.queries.samples[0].part);
  REQUIRE(set.truth[0].hard == std::vector<int64_t>{2});
  REQUIRE(set.truth[1].junk == std::vector<int64_t>{1});
}

TEST_CASE("a query's box is rounded to even as Pillow does") {
  const LandmarkSet set = LandmarkFolder().open(/*crop=*/true);
  REQUIRE(set.queries.samples[0].part->left == 1);
  REQUIRE(set.queries.samples[0].part->width == 29);  // 30.5 is 30
  REQUIRE(set.queries.samples[0].part->height == 18);
}

TEST_CASE("the fingerprint follows the ground truth and the images") {
  LandmarkFolder fixture;
  const std::string before = fixture.open().fingerprint();
  REQUIRE(fixture.open().fingerprint() == before);
  fixture.set_gnd(query({0, 1}, {2}, {}));
  REQUIRE(fixture.open().fingerprint() != before);
}

TEST_CASE("a fault in the ground truth names file and field") {
  LandmarkFolder fixture;
  const auto refused = [&](const Value& first, const std::string& message, bool crop = false) {
    fixture.set_gnd(first);
    REQUIRE_THROWS_WITH(fixture.open(crop),
                        Catch::Contains("gnd_tiny.pkl: gnd") && Catch::Contains(message));
  };
  refused(query({0, 3}, {}, {}), "gnd[0].easy[1] is 3, expected 0 to 2");
  refused(query({}, {-1}, {}), "gnd[0].hard[0] is -1");
  refused(query({0}, {0}, {}), "gnd[0].hard[0]: image 0 is listed twice");
  refused(query({}, {}, {0.5}), "gnd[0].junk[0]: a float where an int is expected");
  refused(Value::dict({{"easy", numbers({})}}), "gnd[0] has no 'hard'");
  refused(query({0}, {}, {}, {1, 2, 3}), "gnd[0].bbx holds 3 numbers", true);
  refused(query({0}, {}, {}, {5, 2, 5, 9}), "the box is empty", true);
  fixture.root["gnd"] = Value::list({query({0}, {}, {})});
  REQUIRE_THROWS_WITH(fixture.open(), Catch::Contains("gnd has 1 entries for 2 queries"));
  fixture.root.erase("gnd");
  REQUIRE_THROWS_WITH(fixture.open(), Catch::Contains("gnd_tiny.pkl has no 'gnd'"));
}

TEST_CASE("a missing image, an empty list and a missing folder are named") {
  LandmarkFolder fixture;
  fs::remove(fixture.folder() / LandmarkFolder::path("d1"));
  REQUIRE_THROWS_WITH(fixture.open(),
                      Catch::Contains("gnd_tiny.pkl: imlist[1]: there is no file") &&
                          Catch::Contains("jpg/d1.jpg"));
  fixture.root["qimlist"] = texts({});
  fixture.root["imlist"] = texts({"d0"});
  REQUIRE_THROWS_WITH(fixture.open(), Catch::Contains("qimlist is empty"));
  REQUIRE_THROWS_WITH(open_landmarks(fixture.folder().string(), "other", false),
                      Catch::Contains("gnd_other.pkl"));
}

TEST_CASE("a damaged pickle is named") {
  const Folder folder;
  folder.write("tiny/gnd_tiny.pkl", "\x80\x03}q");
  REQUIRE_THROWS_WITH(open_landmarks(folder.path().string(), "tiny", false),
                      Catch::Contains("gnd_tiny.pkl: ") &&
                          Catch::Contains("expected the pickle of a dict with imlist"));
  folder.write("tiny/gnd_tiny.pkl", std::string("\x80\x03]q\x00.", 6));
  REQUIRE_THROWS_WITH(open_landmarks(folder.path().string(), "tiny", false),
                      Catch::Contains("gnd_tiny.pkl: a list where a dict is expected"));
}

}  // namespace
}  // namespace dinobench::testing
