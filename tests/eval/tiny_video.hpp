// A drawn DAVIS set and a network for it: seconds, not minutes.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "comm/communicator.hpp"
#include "data/mask.hpp"
#include "eval/evaluation.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace tiny {

/// Two squares on noise, the first moving right, the second down; 72 x 64 pixels.
class VideoSet {
 public:
  explicit VideoSet(std::filesystem::path root) : root_(std::move(root)) {}

  std::filesystem::path annotation(const std::string& sequence, int frame) const {
    return root_ / "Annotations/480p" / sequence / (std::to_string(frame) + ".png");
  }

  /// Frames 0 .. frames - 1, the first `annotated` of them with masks.
  void draw(const std::string& sequence, int frames, int annotated, int objects = 2) const {
    for (int frame = 0; frame < frames; ++frame) {
      Image image{72, 64, {}};
      Mask mask{72, 64, {}, true};
      Rng rng(3, sequence, {static_cast<uint64_t>(frame)});
      for (int64_t y = 0; y < 64; ++y)
        for (int64_t x = 0; x < 72; ++x) {
          const bool first = y >= 8 && y < 28 && x >= 6 + 4 * frame && x < 26 + 4 * frame;
          const bool second = objects > 1 && x >= 40 && x < 64 && y >= 30 + frame && y < 50 + frame;
          mask.values.push_back(first ? 1 : second ? 2 : 0);
          for (int64_t channel = 0; channel < 3; ++channel) {
            const int64_t base = first ? (channel == 0 ? 200 : 40) : second ? 170 : 90;
            image.pixels.push_back(static_cast<uint8_t>(base + rng.integer(-30, 30)));
          }
        }
      write_png(image, root_ / "JPEGImages/480p" / sequence / (std::to_string(frame) + ".png"));
      if (frame < annotated) write_mask(mask, annotation(sequence, frame));
    }
  }

  void list(const Words& sequences) const {
    std::filesystem::create_directories(root_ / "ImageSets/2017");
    std::ofstream file(root_ / "ImageSets/2017/val.txt");
    for (const std::string& sequence : sequences) file << sequence << '\n';
  }

  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

inline EvaluationRecord run_video(const VideoSet& set, Communicator& comm, const Words& more,
                                  const std::string& arch = "vit_nano") {
  Console console(false, true);
  RunRecord record;
  RunContext context{comm, console, record};
  at::manual_seed(7);
  const FrozenModel model{Backbones::find(arch).make({.patch_size = 8, .image_size = 32}), arch};
  model.backbone->eval();
  Options options(merged({"--scale_size", "64", "--size_mask_neighborhood", "4"}, more));
  const auto video = Evaluations::find("video").make(options, set.root().string());
  options.finish();
  video->check();
  return video->run(video->needs_model() ? model : FrozenModel{}, context);
}

}  // namespace tiny
}  // namespace dinobench
