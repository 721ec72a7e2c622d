// Layouts: what torchvision's ImageFolder would list, and clear words where there is nothing.
#include "data/dataset.hpp"

#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

std::vector<std::string> ids(const Dataset& dataset) {
  std::vector<std::string> out;
  for (const Sample& sample : dataset.samples) out.push_back(sample.id);
  return out;
}

TEST_CASE("image folder: classes and files in the order of Python's sorted os.walk") {
  const Folder folder;
  for (const char* name :
       {"b/2.jpg", "b/10.JPG", "B/x.png", "a/sub/1.webp", "a/sub-2/1.tif", "a/z.PPM", "a/notes.txt",
        "a/.hidden.jpeg", "a/s.svg", "b/deep/er/k.bmp"}) {
    folder.write(name, "x");
  }
  folder.write("stray.jpg", "x");  // beside the classes: not part of the set
  const Dataset dataset = open_dataset(folder.path());
  REQUIRE(dataset.layout == "image_folder");
  REQUIRE(dataset.classes == std::vector<std::string>{"B", "a", "b"});
  // "a/sub-2" sorts before "a/sub" + "/", as the whole paths do.
  REQUIRE(ids(dataset) == std::vector<std::string>{"B/x.png", "a/.hidden.jpeg", "a/z.PPM",
                                                   "a/sub/1.webp", "a/sub-2/1.tif", "b/10.JPG",
                                                   "b/2.jpg", "b/deep/er/k.bmp"});
  REQUIRE(dataset.samples[0].label == 0);
  REQUIRE(dataset.samples[3].label == 1);
  REQUIRE(dataset.samples.back().label == 2);
  REQUIRE(dataset.path(0) == folder.path() / "B/x.png");
}

TEST_CASE("links to folders are followed, a link to a parent ends there") {
  const Folder folder, elsewhere;
  folder.write("cat/1.jpg", "x");
  elsewhere.write("2.jpg", "x");
  fs::create_directory_symlink(elsewhere.path(), folder.path() / "cat" / "more");
  fs::create_directory_symlink(folder.path(), folder.path() / "cat" / "up");
  fs::create_directory_symlink(elsewhere.path(), folder.path() / "dog");
  const Dataset dataset = open_dataset(folder.path());
  REQUIRE(dataset.classes == std::vector<std::string>{"cat", "dog"});
  const std::vector<std::string> found = ids(dataset);
  REQUIRE(std::count(found.begin(), found.end(), "cat/more/2.jpg") == 1);
  REQUIRE(std::count(found.begin(), found.end(), "dog/2.jpg") == 1);
  REQUIRE(found.size() < 12);  // the loop came to an end
}

TEST_CASE("a flat folder has no labels, and says so where labels are needed") {
  const Folder folder;
  folder.write("b.jpg", "x");
  folder.write("a.JPEG", "xy");
  fs::create_directory(folder.path() / "empty");
  const Dataset dataset = open_dataset(folder.path());
  REQUIRE(dataset.layout == "flat_folder");
  REQUIRE(dataset.classes.empty());
  REQUIRE(ids(dataset) == std::vector<std::string>{"a.JPEG", "b.jpg"});
  REQUIRE(dataset.samples[0].label == -1);
  REQUIRE(contains(error_of([&] { open_labelled_dataset(folder.path()); }), "no labels"));
}

TEST_CASE("nothing to read: each case has its own sentence") {
  const Folder folder;
  REQUIRE(contains(error_of([&] { open_dataset(folder.path() / "none"); }), "does not exist"));
  REQUIRE(contains(error_of([&] { open_dataset(folder.path()); }), "no image in"));
  REQUIRE(contains(error_of([&] { open_dataset(folder.path()); }), ".jpeg"));
  const fs::path file = folder.write("a/1.jpg", "x");
  REQUIRE(contains(error_of([&] { open_dataset(file); }), "is a file"));
  folder.write("b/readme.txt", "x");
  folder.write("c/readme.txt", "x");
  REQUIRE(contains(error_of([&] { open_dataset(folder.path()); }), "class folders b, c"));
}

TEST_CASE("one class is a data set") {
  const Folder folder;
  folder.write("only/1.jpg", "x");
  REQUIRE(open_labelled_dataset(folder.path()).classes.size() == 1);
}

TEST_CASE("the fingerprint changes with names, labels and sizes, not with the place") {
  const Folder one, other;
  for (const Folder* folder : {&one, &other}) {
    folder->write("a/1.jpg", "abc");
    folder->write("b/1.jpg", "abcd");
  }
  const std::string before = open_dataset(one.path()).fingerprint();
  REQUIRE(before.size() == 64);
  REQUIRE(open_dataset(other.path()).fingerprint() == before);
  other.write("b/1.jpg", "abcde");
  REQUIRE(open_dataset(other.path()).fingerprint() != before);
  one.write("b/2.jpg", "");
  REQUIRE(open_dataset(one.path()).fingerprint() != before);
}

TEST_CASE("real folders: the counts of their description") {
  const fs::path grocery = shared_data("grocery-packages");
  if (grocery.empty()) return;
  const Dataset train = open_labelled_dataset(grocery / "train");
  REQUIRE(train.size() == 864);
  REQUIRE(train.classes.size() == 31);
  REQUIRE(open_dataset(grocery / "val").size() == 781);
  const Dataset sample = open_dataset(shared_data("imagenet-sample"));
  REQUIRE(sample.layout == "flat_folder");
  REQUIRE(sample.size() == 196);
}

}  // namespace
}  // namespace dinobench::testing
