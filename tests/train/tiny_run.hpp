// A training run small enough for a test: drawn pictures, vit_nano, crops of 32 and 16 pixels.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "comm/run_context.hpp"
#include "core/options.hpp"
#include "core/random.hpp"
#include "data/image.hpp"
#include "train/trainer.hpp"

namespace dinobench {
namespace tiny {

/// A folder of its own under the system's temporary one, removed at the end.
class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() /
              ("dinobench_" + name + "_" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Noise over a colour of the class: 40 x 36 pixels.
inline Image picture(uint64_t label, uint64_t index) {
  Rng rng(17, "tiny picture", {label, index});
  Image image{40, 36, {}};
  for (int64_t i = 0; i < image.width * image.height * 3; ++i) {
    const bool tinted = static_cast<uint64_t>(i % 3) == label % 3;
    image.pixels.push_back(static_cast<uint8_t>(rng.integer(tinted ? 120 : 0, tinted ? 255 : 160)));
  }
  return image;
}

/// classes x per_class PNG files as an ImageFolder.
inline void draw(const std::filesystem::path& root, uint64_t classes, uint64_t per_class) {
  for (uint64_t label = 0; label < classes; ++label) {
    const auto folder = root / ("class" + std::to_string(label));
    std::filesystem::create_directories(folder);
    for (uint64_t i = 0; i < per_class; ++i) {
      write_png(picture(label, i), folder / (std::to_string(i) + ".png"));
    }
  }
}

/// The network `pixels` for images of 8 pixels.
inline std::shared_ptr<Backbone> pixels() {
  return Backbones::find("pixels").make({.image_size = 8});
}

using Words = std::vector<std::string>;

/// The options of `base` that `more` does not give itself, then `more`. A word that begins with
/// "--" starts an option.
inline Words merged(const Words& base, const Words& more) {
  Words out;
  bool taken = true;
  for (const std::string& word : base) {
    if (word.starts_with("--")) taken = std::find(more.begin(), more.end(), word) == more.end();
    if (taken) out.push_back(word);
  }
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

/// A network and crops that take milliseconds; `more` wins.
inline Words words(const Words& more) {
  return merged({"--arch", "vit_nano", "--patch_size", "8", "--batch_size_per_gpu", "4",
                 "--global_crops_size", "32", "--warmup_epochs", "1", "--epochs", "3"},
                more);
}

inline Words dino_words(const Words& more) {
  return words(merged({"--local_crops_size", "16", "--local_crops_number", "2", "--out_dim", "64",
                       "--head_hidden_dim", "64", "--head_bottleneck_dim", "32"},
                      more));
}

struct Outcome {
  RunRecord record;
  TrainResult result;
};

struct Setting {
  uint64_t seed = 5;
  int64_t workers = 1;
  c10::ScalarType dtype = c10::ScalarType::Float;
  Precision precision = Precision::fp32;
  c10::Device device{c10::DeviceType::CPU};
};

inline Outcome train(const Words& given, Communicator& comm, const Setting& setting = {}) {
  Console console(false, true);
  Options options(given);
  TrainConfig config;
  read_options(options, config);
  Trainer trainer(config, options);
  options.finish();
  Outcome outcome;
  RunContext context{comm,           console,       outcome.record,  setting.seed,
                     setting.device, setting.dtype, setting.workers, setting.precision};
  outcome.result = trainer.run(context);
  return outcome;
}

inline Outcome train(const Words& given, const Setting& setting = {}) {
  const auto comm = make_self_communicator();
  return train(given, *comm, setting);
}

}  // namespace tiny
}  // namespace dinobench
