// A step in parts is the step in one: same views, same centre, same gradients.
#include "tests/test.hpp"
// Torch before everything.
#include <cmath>

#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace accumulate_test {
namespace {

const tiny::Setting fp64{.dtype = c10::ScalarType::Double};

tiny::Words in_parts(const tiny::Folder& folder, const std::string& size, const std::string& parts,
                     const std::string& method) {
  const tiny::Words words{"--method",
                          method,
                          "--data_path",
                          (folder / "images").string(),
                          "--output_dir",
                          (folder / (method + parts)).string(),
                          "--batch_size_per_gpu",
                          size,
                          "--accumulate_steps",
                          parts};
  return method == "dino" ? tiny::dino_words(words) : tiny::words(words);
}

bool close(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size() || a.empty()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) != std::isnan(b[i])) return false;
    if (std::abs(a[i] - b[i]) > 1e-9 * std::abs(b[i])) return false;
  }
  return true;
}

TEST_CASE("two and four parts of a batch move the weights as the whole batch does") {
  const tiny::Folder folder("accumulate");
  tiny::draw(folder / "images", 3, 7);
  for (const std::string method : {"dino", "supervised"}) {
    const auto whole = tiny::train(in_parts(folder, "4", "1", method), fp64);
    for (const auto& [size, parts] : {std::pair{"2", "2"}, std::pair{"1", "4"}}) {
      INFO(method << " in " << parts << " parts");
      const auto split = tiny::train(in_parts(folder, size, parts, method), fp64);
      REQUIRE(close(split.record.train.at("loss"), whole.record.train.at("loss")));
      REQUIRE(split.record.train.at("learning_rate") == whole.record.train.at("learning_rate"));
      if (method == "dino")
        REQUIRE(close(split.record.train.at("teacher_entropy"),
                      whole.record.train.at("teacher_entropy")));
    }
  }
}

}  // namespace
}  // namespace accumulate_test
}  // namespace dinobench
