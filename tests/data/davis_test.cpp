// The DAVIS layout, and what its annotations may hold.
#include "data/davis.hpp"

#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

class Set {
 public:
  Set() { list("one\ntwo\n"); }
  const fs::path& root() const { return folder_.path(); }
  void list(const std::string& text) const { folder_.write("ImageSets/2017/val.txt", text); }
  fs::path image(const std::string& name, int64_t width = 8, int64_t height = 6) const {
    const fs::path path = root() / "JPEGImages/480p" / (name + ".png");
    write_png(noise(width, height, 1), path);
    return path;
  }
  fs::path mask(const std::string& name, std::vector<uint8_t> first, int64_t width = 8,
                int64_t height = 6) const {
    const fs::path path = root() / "Annotations/480p" / (name + ".png");
    first.resize(static_cast<size_t>(width * height), 0);
    write_mask({width, height, first, true}, path);
    return path;
  }
  /// An 8-bit grey PNG of 2 x 1 pixels.
  fs::path grey(const std::string& name, uint8_t left, uint8_t right) const;
  Davis open(FramesFrom from = FramesFrom::images) const {
    return open_davis(root(), "2017/val", "480p", from);
  }

 private:
  Folder folder_;
};

/// Stored (uncompressed) zlib data, so that any two values can be put in.
std::string grey_png(uint8_t left, uint8_t right) {
  const auto word = [](uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
    return bytes;
  };
  const auto chunk = [&](const std::string& type, const std::string& data) {
    uint32_t crc = 0xffffffffU;
    for (const char c : type + data) {
      crc ^= static_cast<uint8_t>(c);
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
    }
    return word(static_cast<uint32_t>(data.size())) + type + data + word(~crc);
  };
  const std::string row{'\0', static_cast<char>(left), static_cast<char>(right)};
  uint32_t a = 1, b = 0;  // Adler-32
  for (const char c : row) a += static_cast<uint8_t>(c), b += a;
  const std::string stored =
      std::string("\x78\x01\x01\x03\x00\xfc\xff", 7) + row + word(b << 16 | a);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", word(2) + word(1) + std::string("\x08\0\0\0\0", 5)) +
         chunk("IDAT", stored) + chunk("IEND", "");
}

fs::path Set::grey(const std::string& name, uint8_t left, uint8_t right) const {
  return folder_.write("Annotations/480p/" + name + ".png", grey_png(left, right));
}

TEST_CASE("sequences in the list's order, frames sorted, annotations of all or of the first") {
  const Set set;
  set.list("two\r\n\n  one \n");
  for (const char* frame : {"one/00001", "one/00000", "two/00000", "two/00001"}) set.image(frame);
  for (const char* frame : {"one/00000", "one/00001", "two/00000"}) set.mask(frame, {1});
  const Davis davis = set.open();
  REQUIRE(davis.sequences.size() == 2);
  REQUIRE(davis.sequences[0].name == "two");
  REQUIRE_FALSE(davis.sequences[0].annotated());
  REQUIRE(davis.sequences[1].frames == std::vector<std::string>{"00000", "00001"});
  REQUIRE(davis.sequences[1].annotated());
  REQUIRE_FALSE(davis.sequences[1].scored());  // its two frames are the first and the last
  const std::string before = davis.fingerprint();
  set.mask("two/00000", {1, 2, 3, 4, 5, 6, 7, 8, 9});
  REQUIRE(set.open().fingerprint() != before);
  REQUIRE(set.open(FramesFrom::annotations).sequences[0].frames.size() == 1);
}

TEST_CASE("what is missing or badly named is said with list and line, or file") {
  const Set set;
  const auto error = [&] { return error_of([&] { set.open(); }); };
  REQUIRE(contains(error(), "val.txt, line 1: sequence 'one': no folder"));
  set.image("one/00000");
  set.image("one/00001");
  set.image("one/00002");
  set.image("two/00000");
  set.mask("two/00000", {1});
  set.mask("one/00001", {1});
  REQUIRE(contains(error(), "one/00000.png: the annotation of the first frame is missing"));
  set.mask("one/00000", {1});
  REQUIRE(contains(error(), "one/00002.png: this annotation is missing; 2 of 3"));
  set.list("one\n../two\n");
  REQUIRE(contains(error(), "line 2: '../two'"));
  set.list("two\n\ntwo\n");
  REQUIRE(contains(error(), "line 3: sequence 'two' is named twice"));
  set.list("\n");
  REQUIRE(contains(error(), "names no sequence"));
  REQUIRE(
      contains(error_of([&] { open_davis(set.root(), "2017/test", "480p", FramesFrom::images); }),
               "2017/test.txt: no such list"));
}

TEST_CASE("a grey mask of 0 and 255 is binary, in a palette mask 255 is void") {
  const Set set;
  REQUIRE(read_annotation(set.grey("one/00000", 255, 0)).values == std::vector<uint8_t>{1, 0});
  REQUIRE(read_annotation(set.grey("one/00000", 0, 0)).values == std::vector<uint8_t>{0, 0});
  REQUIRE(read_annotation(set.grey("one/00000", 255, 2)).values == std::vector<uint8_t>{255, 2});
  REQUIRE(read_annotation(set.mask("one/00000", {255, 0}, 2, 1)).values ==
          std::vector<uint8_t>{255, 0});
}

TEST_CASE("objects are counted to the largest index; grey masks may have no gaps") {
  const Set set;
  const auto count = [](const fs::path& path) {
    return count_objects(read_annotation(path), path);
  };
  REQUIRE(count(set.mask("one/a", {0, 1, 4, 255})) == 4);
  REQUIRE(count(set.grey("one/b", 255, 0)) == 1);
  REQUIRE(count(set.grey("one/c", 2, 1)) == 2);
  REQUIRE(contains(error_of([&] { count(set.grey("one/d", 1, 254)); }), "stray value 254"));
  REQUIRE(contains(error_of([&] { count(set.grey("one/e", 0, 0)); }), "one/e.png"));
  REQUIRE(contains(error_of([&] { count(set.mask("one/f", {255, 0})); }), "holds no object"));
}

TEST_CASE("a mask of another size and a stray grey value are named") {
  const Set set;
  set.list("one\n");
  for (const char* frame : {"one/00000", "one/00001", "one/00002"}) set.image(frame, 2, 1);
  set.grey("one/00000", 255, 0);
  set.grey("one/00001", 0, 255);
  set.grey("one/00002", 255, 255);
  const auto check = [&] { check_annotations(set.open().sequences[0]); };
  check();
  set.grey("one/00001", 255, 7);
  REQUIRE(contains(error_of(check), "one/00001.png: a grey mask with the stray value 7"));
  set.mask("one/00001", {1}, 3, 1);
  REQUIRE(contains(error_of(check), "one/00001.png: the mask is 3 x 1 pixels"));
  set.mask("one/00001", {7}, 2, 1);  // an index beyond the first frame's objects is not measured
  check();
  set.image("one/00000", 4, 4);
  REQUIRE(contains(error_of(check), "one/00000.png: the mask is 2 x 1 pixels, its frame 4 x 4"));
}

TEST_CASE("the six real sequences open, with binary masks") {
  const fs::path root = shared_data("davis-6/DAVIS");
  if (root.empty()) return;
  const Davis davis = open_davis(root, "2017/val", "480p", FramesFrom::images);
  REQUIRE(davis.sequences.size() == 6);
  size_t frames = 0;
  for (const Sequence& sequence : davis.sequences) {
    REQUIRE(sequence.scored());
    frames += sequence.frames.size();
  }
  REQUIRE(frames == 272);
  const Sequence& jump = davis.sequences[4];
  REQUIRE(count_objects(read_annotation(jump.annotations[0]), jump.annotations[0]) == 1);
}

}  // namespace
}  // namespace dinobench::testing
