// Options of the linear evaluation.
#include "eval/linear_config.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace dinobench {
namespace linear_config {
namespace {

void read_training(Options& options, LinearConfig& c) {
  options.get("epochs", c.epochs, "length of the training and of its cosine");
  options.get("lr", c.lr, "learning rate of the first epoch for 256 images a step");
  options.get("val_freq", c.val_freq, "epochs from one validation to the next");
  options.get(
      "sweep", c.sweep,
      "learning rates to train in one pass; the best on held-out training images is judged");
  options.get("sweep_holdout", c.sweep_holdout,
              "share of each training class that a sweep picks on");
  options.choose("train_crop", c.train_crop, {"random", "center"},
                 "training images: random resized crop and flip, or the validation's centre crop");
  options.get("crop_scale", c.crop_scale, "share of the image's area in a random crop");
  options.get("hflip", c.hflip, "probability of a horizontal flip of a random crop");
  options.get(
      "output_dir", c.output_dir,
      "folder for checkpoint.pth.tar and log.txt, resumed from there; none: nothing is kept");
}

void check_values(const LinearConfig& c) {
  check(c.input);
  require(c.epochs >= 1, "--epochs {}: expected 1 or more", c.epochs);
  require(c.val_freq >= 1, "--val_freq {}: expected 1 or more", c.val_freq);
  require(c.num_labels >= 0, "--num_labels {}: expected 0 or more", c.num_labels);
  require(c.hflip >= 0 && c.hflip <= 1, "--hflip {}: expected a probability", c.hflip);
  for (const double rate : c.rates())
    require(rate > 0, "{} {}: expected a learning rate above 0",
            c.sweep.empty() ? "--lr" : "--sweep", rate);
  std::vector<double> sorted = c.sweep;
  std::sort(sorted.begin(), sorted.end());
  require(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(),
          "--sweep: a learning rate is given twice");
  require(c.sweep_holdout > 0 && c.sweep_holdout < 1,
          "--sweep_holdout {}: expected between 0 and 1", c.sweep_holdout);
  require(c.linear_weights.empty() || c.sweep.empty(),
          "--linear_weights only judges, --sweep trains: give one of them");
  c.train_view();
}

}  // namespace
}  // namespace linear_config

View LinearConfig::train_view() const {
  if (train_crop == "center") return center_view(features.resize_size, features.crop_size);
  return random_view({.size = features.crop_size,
                      .scale = crop_scale,
                      .filter = Filter::bilinear,
                      .flip = hflip,
                      .jitter = 0,
                      .grayscale = 0,
                      .blur = 0});
}

void read_options(Options& options, LinearConfig& c) {
  bool evaluate = false;
  options.get("n_last_blocks", c.input.n_last_blocks, "blocks whose cls tokens are joined (ViT)");
  options.get("avgpool_patchtokens", c.input.avgpool_patchtokens,
              "interleave the mean patch token with the cls token (ViT, --n_last_blocks 1)");
  c.input_given = options.given("n_last_blocks") || options.given("avgpool_patchtokens");
  options.get("num_labels", c.num_labels, "outputs of the classifier; 0: the classes of the data");
  linear_config::read_training(options, c);
  options.get("train_split", c.train_split, "folder under --data_path to train the probe on");
  options.get("val_split", c.val_split, "folder under --data_path whose images are classified");
  options.get("evaluate", evaluate, "only judge --linear_weights");
  options.get("linear_weights", c.linear_weights,
              "released linear weights or a checkpoint.pth.tar: judged, nothing is trained");
  read_options(options, c.features);
  require(!evaluate || !c.linear_weights.empty(),
          "--evaluate needs --linear_weights FILE: nothing is downloaded");
  linear_config::check_values(c);
}

}  // namespace dinobench
