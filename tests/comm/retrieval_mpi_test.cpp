// Retrieval and copy detection over ranks give the bits of one process.
#include "tests/comm/job.hpp"
#include "tests/eval/drawn_sets.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace retrieval_mpi_test {

// NaN (a query left out) equals NaN.
bool same(const Array& a, const Array& b) {
  const auto* left = std::get_if<std::vector<double>>(&a.values);
  const auto* right = std::get_if<std::vector<double>>(&b.values);
  if (left == nullptr || right == nullptr) return a.shape == b.shape && a.values == b.values;
  return std::equal(left->begin(), left->end(), right->begin(), right->end(),
                    [](double x, double y) { return x == y || (x != x && y != y); });
}

void compare(const std::string& name, const std::filesystem::path& data, const std::string& arch,
             const tiny::Words& words) {
  const EvaluationRecord together = drawn::Bench(job()).run(name, data, drawn::model(arch), words);
  const EvaluationRecord single = drawn::Bench().run(name, data, drawn::model(arch), words);
  REQUIRE(!single.metrics.empty());
  REQUIRE(together.metrics.size() == single.metrics.size());
  for (const auto& [metric, value] : single.metrics) {
    INFO(metric);
    REQUIRE(together.metrics.at(metric).value == value.value);
    REQUIRE(together.metrics.at(metric).ci_low == value.ci_low);
    REQUIRE(together.metrics.at(metric).ci_high == value.ci_high);
  }
  REQUIRE(together.raw.size() == single.raw.size());
  for (const auto& [array, values] : single.raw) {
    INFO(array);
    REQUIRE(same(together.raw.at(array), values));
  }
}

TEST_CASE("retrieval on several ranks is retrieval on one", "[mpi]") {
  const tiny::Folder folder("retrieval_mpi");
  drawn::landmarks(folder / "");
  compare("retrieval", folder / "", "vit_nano", {"--dataset", "tiny", "--multiscale"});
  compare("retrieval", folder / "", "resnet18", {"--dataset", "tiny", "--crop_queries"});
}

TEST_CASE("copy detection on several ranks is copy detection on one", "[mpi]") {
  const tiny::Folder folder("copies_mpi");
  drawn::copydays(folder / "");
  compare("copy_detection", folder / "set", "vit_nano",
          {"--imsize", "32", "--batch_size_per_gpu", "2", "--distractors_path",
           (folder / "distractors").string(), "--whitening_path", (folder / "whitening").string()});
}

}  // namespace retrieval_mpi_test
}  // namespace dinobench
