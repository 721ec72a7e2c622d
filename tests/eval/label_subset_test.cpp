// Which training images have a label.
#include "eval/label_subset.hpp"

#include <fstream>

#include "core/error.hpp"
#include "tests/eval/logistic_bench.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace label_subset_test {

/// Classes of 10, 3 and 1 images; file names differ between classes but for "same.png".
Dataset dataset() {
  Dataset out{"image_folder", "somewhere", {"a", "b", "c"}, {}};
  for (int i = 0; i < 9; ++i) out.samples.push_back({fmt::format("a/a_{}.png", i), 0});
  out.samples.push_back({"a/same.png", 0});
  for (int i = 0; i < 2; ++i) out.samples.push_back({fmt::format("b/b_{}.png", i), 1});
  out.samples.push_back({"b/same.png", 1});
  out.samples.push_back({"c/c_0.png", 2});
  return out;
}

std::vector<std::string> ids(const Dataset& dataset) {
  std::vector<std::string> out;
  for (const Sample& sample : dataset.samples) out.push_back(sample.id);
  return out;
}

std::vector<int64_t> counts(double fraction, uint64_t seed = 0) {
  std::vector<int64_t> out(3, 0);
  for (const Sample& sample : labelled_subset(dataset(), {fraction, ""}, seed).samples)
    ++out[static_cast<size_t>(sample.label)];
  return out;
}

TEST_CASE("a fraction rounds up in every class", "[subset]") {
  using Counts = std::vector<int64_t>;
  REQUIRE(counts(0.01) == Counts{1, 1, 1});
  REQUIRE(counts(0.2) == Counts{2, 1, 1});
  REQUIRE(counts(0.3) == Counts{3, 1, 1});  // 0.3 * 10 is a little above 3 in floating point
  REQUIRE(counts(0.34) == Counts{4, 2, 1});
  REQUIRE(counts(1) == Counts{10, 3, 1});
}

TEST_CASE("the order is the seed's, and a larger fraction holds a smaller one", "[subset]") {
  const auto taken = [](double fraction, uint64_t seed) {
    return ids(labelled_subset(dataset(), {fraction, ""}, seed));
  };
  REQUIRE(taken(0.4, 1) == taken(0.4, 1));
  REQUIRE(taken(0.4, 1) != taken(0.4, 2));
  const auto small = taken(0.2, 1), large = taken(0.5, 1);
  REQUIRE(std::includes(large.begin(), large.end(), small.begin(), small.end()));
}

TEST_CASE("a list names images by path or by file name alone", "[subset]") {
  const tiny::Folder folder("subset");
  const auto listed = [&](const std::string& text) {
    std::ofstream(folder / "list.txt") << text;
    return labelled_subset(dataset(), {1, (folder / "list.txt").string()}, 0);
  };
  const Dataset found = listed("b_1.png\r\n\na/same.png \na/a_3.png");
  REQUIRE(ids(found) == std::vector<std::string>{"a/a_3.png", "a/same.png", "b/b_1.png"});
  REQUIRE(found.classes.size() == 3);
  REQUIRE_THROWS_WITH(listed("a/a_3.png\nb/b_7.png"), Catch::Contains("line 2: 'b/b_7.png'"));
  REQUIRE_THROWS_WITH(listed("same.png"), Catch::Contains("several images"));
  REQUIRE_THROWS_WITH(listed("a/a_3.png\na_3.png"), Catch::Contains("comes twice"));
  REQUIRE_THROWS_WITH(listed("\n"), Catch::Contains("no path"));
}

TEST_CASE("fractions and lists are options of k-NN and of the regression", "[subset]") {
  const tiny::Folder folder("subset_options");
  linear_bench::draw(folder / "", 5);
  std::ofstream(folder / "list.txt") << "class0/1.png\nclass1/2.png\nclass2/0.png\nclass2/4.png\n";
  const auto comm = make_self_communicator();
  const tiny::Words list{"--train_list", (folder / "list.txt").string()};
  const auto with = [](tiny::Words words, const tiny::Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const auto near =
      logistic_bench::run(*comm, folder / "", with({"--nb_knn", "1", "4"}, list), "knn");
  REQUIRE(std::get<std::vector<std::string>>(near.raw.at("train_paths").values) ==
          std::vector<std::string>{"class0/1.png", "class1/2.png", "class2/0.png", "class2/4.png"});
  const auto fitted = logistic_bench::run(*comm, folder / "", with({"--lambda", "0.01"}, list));
  REQUIRE(std::get<int64_t>(fitted.attributes.at("train_images")) == 4);
  REQUIRE_THROWS_WITH(logistic_bench::run(*comm, folder / "", with({"--nb_knn", "5"}, list), "knn"),
                      Catch::Contains("bank of 4"));
  const auto share =
      logistic_bench::run(*comm, folder / "", {"--label_fraction", "0.3", "--lambda", "0.01"});
  REQUIRE(std::get<int64_t>(share.attributes.at("train_images")) == 6);
  REQUIRE_THROWS_AS(logistic_bench::run(*comm, folder / "", {"--label_fraction", "0"}), Error);
  REQUIRE_THROWS_AS(
      logistic_bench::run(*comm, folder / "", with({"--label_fraction", "0.5"}, list)), Error);
}

}  // namespace label_subset_test
}  // namespace dinobench
