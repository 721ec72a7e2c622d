// A drawn set in VOC's layout, and the evaluation on it.
#pragma once

#include <fstream>

#include "backbones/backbone.hpp"
#include "data/mask.hpp"
#include "eval/evaluation.hpp"
#include "tests/test.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace attention_voc {

/// A 40 x 36 mask: object 1 left, 3 below right, a void border between them; 2 does not exist.
inline Mask drawn_mask(uint64_t index) {
  Mask mask{40, 36, std::vector<uint8_t>(40 * 36, 0)};
  const auto edge = 10 + static_cast<int64_t>(3 * index);
  for (int64_t y = 0; y < 36; ++y) {
    for (int64_t x = 0; x < 40; ++x) {
      uint8_t& value = mask.values[static_cast<size_t>(40 * y + x)];
      if (x < edge && y > 5) value = 1;
      if (x > edge && y > 18) value = 3;
      if (x == edge) value = 255;
    }
  }
  return mask;
}

inline void draw(const std::filesystem::path& root, uint64_t images) {
  std::filesystem::create_directories(root / "ImageSets/Segmentation");
  std::filesystem::create_directories(root / "JPEGImages");
  std::ofstream list(root / "ImageSets/Segmentation/val.txt");
  for (uint64_t i = 0; i < images; ++i) {
    const std::string id = "picture" + std::to_string(i);
    list << id << "\n";
    write_png(tiny::picture(i, 3), root / "JPEGImages" / (id + ".png"));
    write_mask(drawn_mask(i), root / "SegmentationObject" / (id + ".png"));
  }
}

inline FrozenModel network(const std::string& arch, int64_t patch_size = 8) {
  at::manual_seed(4);
  FrozenModel model{
      Backbones::find(arch).make({.patch_size = patch_size, .image_size = 32}), arch, {}};
  model.backbone->eval();
  return model;
}

inline EvaluationRecord run(const std::filesystem::path& data, Communicator& comm,
                            const FrozenModel& model, const tiny::Words& more = {}) {
  Options options(tiny::merged({"--image_size", "40", "48"}, more));
  const auto evaluation = Evaluations::find("attention").make(options, data.string());
  options.finish();
  evaluation->check();
  Console console(false, true);
  RunRecord record;
  RunContext context{comm, console, record};
  return evaluation->run(model, context);
}

inline EvaluationRecord run(const std::filesystem::path& data, const FrozenModel& model,
                            const tiny::Words& more = {}) {
  const auto comm = make_self_communicator();
  return run(data, *comm, model, more);
}

}  // namespace attention_voc
}  // namespace dinobench
