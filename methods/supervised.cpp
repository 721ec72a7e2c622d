// Supervised classification: the baseline with labels, for any backbone.
#include <ATen/ATen.h>

#include "backbones/autocast.hpp"
#include "core/error.hpp"
#include "methods/dino_options.hpp"
#include "methods/method.hpp"
#include "methods/multi_crop_network.hpp"
#include "methods/rank_sums.hpp"
#include "methods/series.hpp"

namespace dinobench {
namespace supervised {

/// Two recipes are option values:
/// ViT (Touvron et al. 2021, without mixing): --optimizer adamw --lr 0.00025 --weight_decay 0.05
///   --weight_decay_end 0.05 --warmup_epochs 5 --epochs 300 --drop_path_rate 0.1 --clip_grad 0
///   --label_smoothing 0.1 --color_jitter 0.3 --interpolation bicubic
/// ResNet (He et al. 2015; Goyal et al. 2017): --optimizer sgd --lr 0.1 --weight_decay 1e-4
///   --weight_decay_end 1e-4 --warmup_epochs 5 --epochs 90 --clip_grad 0 --interpolation bilinear
struct SupervisedOptions {
  double label_smoothing = 0;
  RandomViewConfig view;
  std::string interpolation = "bicubic";
  double color_jitter = 0;
};

void read_options(Options& options, SupervisedOptions& config) {
  config.view = {.scale = {0.08, 1.0}, .jitter = 0, .grayscale = 0, .blur = 0};
  options.get("label_smoothing", config.label_smoothing, "mass spread over all classes, 0 to 1");
  options.get("global_crops_size", config.view.size, "side of the training crops in pixels");
  options.get("crop_scale", config.view.scale, "share of the image's area in a training crop");
  options.get("crop_ratio", config.view.ratio, "width / height of a training crop");
  options.choose("interpolation", config.interpolation, {"bicubic", "bilinear"},
                 "resizing of the training crops");
  options.get("color_jitter", config.color_jitter,
              "strength of brightness, contrast and saturation changes; 0: none");
  options.get("hflip", config.view.flip, "probability of a horizontal flip");
  ignore_dino_options(options, "supervised");
  require(config.label_smoothing >= 0 && config.label_smoothing < 1,
          "--label_smoothing is {}, expected at least 0 and below 1", config.label_smoothing);
  require(config.color_jitter >= 0, "--color_jitter is {}, expected 0 or more",
          config.color_jitter);
  config.view.filter = filter_named(config.interpolation);
  config.view.jitter = config.color_jitter > 0 ? 1 : 0;
  config.view.brightness = config.view.contrast = config.view.saturation = config.color_jitter;
  config.view.hue = 0;
}

class Classifier : public torch::nn::Module {
 public:
  Classifier(const MethodInputs& inputs, const SupervisedOptions& config) {
    BackboneConfig backbone_config = inputs.backbone_config;
    backbone_config.image_size = config.view.size;
    backbone = register_module("backbone", inputs.backbone.make(backbone_config));
    head = register_module("head",
                           std::make_shared<Linear>(backbone->embed_dim(), inputs.num_classes));
    // A ResNet's classifier keeps PyTorch's default values, as torchvision's does.
    if (backbone->has_tokens()) initialise_truncated_normal(*head);
  }
  std::shared_ptr<Backbone> backbone;
  std::shared_ptr<Linear> head;
};

class Supervised : public Method {
 public:
  Supervised(const MethodInputs& inputs, const SupervisedOptions& config)
      : config_(config), seed_(inputs.seed), classes_(inputs.num_classes), comm_(inputs.comm) {
    require(classes_ >= 2, "supervised training needs at least 2 classes, the data set has {}",
            classes_);
    network_ = std::make_shared<Classifier>(inputs, config);
    synchronise_batch_norm(*network_, rank_sums(comm_));
  }

  std::vector<View> views() const override { return {random_view(config_.view)}; }
  bool needs_labels() const override { return true; }
  at::Tensor loss(const StepBatch& batch, const Progress& at,
                  std::map<std::string, double>& series) override;

  NamedTensors trainable() override { return parameters_of(*network_); }
  void train(bool on) override { network_->train(on); }
  void to(c10::Device device, c10::ScalarType dtype) override {
    move_module(*network_, device, dtype);
  }
  std::shared_ptr<Backbone> frozen_backbone() override {
    network_->backbone->eval();
    return network_->backbone;
  }
  std::optional<LinearClassifier> classifier() override {
    return LinearClassifier{network_->head->weight.detach(), network_->head->bias.detach()};
  }
  std::vector<CheckpointPart> checkpoint_parts() override {
    return {{"student", with_prefix(state_of(*network_), "module.")}};
  }

 private:
  double checked_top1(const at::Tensor& logits, const at::Tensor& labels) const;

  SupervisedOptions config_;
  uint64_t seed_;
  int64_t classes_;
  Communicator& comm_;
  std::shared_ptr<Classifier> network_;
};

at::Tensor Supervised::loss(const StepBatch& batch, const Progress& at,
                            std::map<std::string, double>& series) {
  require(batch.views.size() == 1, "supervised training got {} views, expected 1",
          batch.views.size());
  require(batch.labels.defined() && batch.labels.numel() == batch.views[0].size(0),
          "supervised training needs a label for each of {} images", batch.views[0].size(0));
  const RowAddresses rows = view_rows(seed_, at.step, batch.samples, 1);
  const at::Tensor logits =
      at_least_float(network_->head->forward(network_->backbone->forward(batch.views[0], &rows)));
  series["train_top1"] = checked_top1(logits.detach(), batch.labels);
  average_over_ranks(series, comm_);
  return at::cross_entropy_loss(logits, batch.labels, {}, at::Reduction::Mean,
                                /*ignore_index=*/-100, config_.label_smoothing);
}

// In percent. Labels outside the classes are found first: a GPU would stop without a word on them.
double Supervised::checked_top1(const at::Tensor& logits, const at::Tensor& labels) const {
  const auto [lowest, highest] = at::aminmax(labels);
  const at::Tensor right = logits.argmax(-1).eq(labels).sum();
  const at::Tensor numbers = at::stack({lowest, highest, right}).to(at::kCPU);  // one copy for all
  const int64_t* seen = numbers.const_data_ptr<int64_t>();
  require(seen[0] >= 0 && seen[1] < classes_, "labels span {} to {}, expected 0 to {}", seen[0],
          seen[1], classes_ - 1);
  return 100 * static_cast<double>(seen[2]) / static_cast<double>(labels.numel());
}

void describe(Options& options) {
  SupervisedOptions config;
  read_options(options, config);
}

std::unique_ptr<Method> make(const MethodInputs& inputs, Options& options) {
  SupervisedOptions config;
  read_options(options, config);
  return std::make_unique<Supervised>(inputs, config);
}

[[maybe_unused]] const bool registered = Methods::add(
    {.name = "supervised",
     .summary = "cross-entropy with labels. ViT recipe: --optimizer adamw --lr 0.00025 "
                "--weight_decay 0.05 --label_smoothing 0.1 --color_jitter 0.3; ResNet recipe: "
                "--optimizer sgd --lr 0.1 --weight_decay 1e-4 --interpolation bilinear",
     .source = "Touvron et al. 2021, arXiv 2012.12877; He et al. 2015, arXiv 1512.03385",
     .describe = describe,
     .make = make});

}  // namespace supervised
}  // namespace dinobench
