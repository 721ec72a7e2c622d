// The copy detection evaluation on a drawn set.
#include "core/error.hpp"
#include "core/hdf5_file.hpp"
#include "eval/rescore.hpp"
#include "tests/eval/drawn_sets.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace copy_detection_test {

tiny::Words words(const tiny::Folder& folder) {
  return {"--imsize",           "32",
          "--distractors_path", (folder / "distractors").string(),
          "--whitening_path",   (folder / "whitening").string(),
          "--dump_features",    (folder / "features.h5").string()};
}

TEST_CASE("copy detection judges every block there is", "[copy_detection]") {
  const tiny::Folder folder("copies");
  drawn::copydays(folder / "");
  const EvaluationRecord record =
      drawn::Bench().run("copy_detection", folder / "set", drawn::model("vit_nano"), words(folder));
  REQUIRE(record.metrics.size() == 9);  // three blocks of three
  for (const char* name : {"original_mAP", "jpegqual_20_full_mAP", "original_uAP"})
    REQUIRE(record.metrics.at(name).value == 100);  // the originals themselves
  REQUIRE(record.metrics.at("strong_mAP").n == 4);
  REQUIRE(std::get<int64_t>(record.attributes.at("strong_queries_excluded")) == 1);
  REQUIRE(std::get<int64_t>(record.attributes.at("distractors")) == 5);
  REQUIRE(std::get<int64_t>(record.attributes.at("whitening_images")) == 7);
  const Hdf5Reader reader((folder / "features.h5").string());
  REQUIRE(reader.shape("/jpegqual_20/features") == std::vector<int64_t>{4, 256});
  REQUIRE(reader.shape("/whitening/features") == std::vector<int64_t>{7, 256});
  const auto again = Rescorers::find("copy_detection").recompute(record);
  REQUIRE(again.size() == record.metrics.size());
  for (const auto& [name, metric] : record.metrics)
    REQUIRE(again.at(name) == Approx(metric.value).epsilon(1e-12));
}

TEST_CASE("an original that cannot be read is no positive any more", "[copy_detection]") {
  const tiny::Folder folder("copies_bad");
  drawn::copydays(folder / "");
  std::filesystem::resize_file(folder / "set/original/201100.jpg", 60);
  tiny::Words skipping = words(folder);
  skipping.insert(skipping.end(), {"--on_bad_image", "skip"});
  const EvaluationRecord record =
      drawn::Bench().run("copy_detection", folder / "set", drawn::model("vit_nano"), skipping);
  REQUIRE(std::get<int64_t>(record.attributes.at("bad_images")) == 1);
  REQUIRE(std::get<int64_t>(record.attributes.at("jpegqual_20_queries_excluded")) == 1);
  REQUIRE(record.metrics.at("jpegqual_20_mAP").value == 100);  // rows follow the others
  REQUIRE(record.metrics.at("original_mAP").n == 3);
}

TEST_CASE("copy detection does not apply to a network without tokens", "[copy_detection]") {
  const tiny::Folder folder("copies_resnet");
  drawn::copydays(folder / "");
  const EvaluationRecord record = drawn::Bench().run("copy_detection", folder / "set",
                                                     drawn::model("resnet18"), {"--imsize", "32"});
  REQUIRE(std::get<std::string>(record.attributes.at("status")) == "not_applicable");
  REQUIRE(record.metrics.empty());
  REQUIRE_THROWS_WITH(drawn::Bench().run("copy_detection", folder / "set", FrozenModel{},
                                         {"--distractors_path", (folder / "none").string()}),
                      Catch::Contains("none"));
}

}  // namespace copy_detection_test
}  // namespace dinobench
