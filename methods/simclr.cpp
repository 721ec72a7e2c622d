// SimCLR: two views of an image attract, all other images of the batch repel (Chen et al. 2020).
#include <ATen/ATen.h>

#include "backbones/autocast.hpp"
#include "backbones/layers.hpp"
#include "comm/gather_rows.hpp"
#include "core/error.hpp"
#include "methods/dino_options.hpp"
#include "methods/feature_rank.hpp"
#include "methods/method.hpp"
#include "methods/multi_crop_network.hpp"
#include "methods/rank_sums.hpp"

namespace dinobench {
namespace simclr {

/// NT-Xent (eq. 1) in nats, the mean over this rank's rows. projections [2 B, d], view-major; every
/// rank gives as many, and a row's negatives are those of all ranks. Collective.
at::Tensor nt_xent(const at::Tensor& projections, double temperature, Communicator& comm) {
  const at::Tensor own = projections / at::linalg_vector_norm(projections, 2, -1, true);
  const at::Tensor all = gather_rows(own, comm);
  require(all.size(0) > 2, "simclr contrasts images, a step of all ranks has just one");
  const at::Tensor rows = at::arange(own.size(0), own.options().dtype(at::kLong));
  const at::Tensor self = rows + comm.rank() * own.size(0);  // among all
  const auto logits = own.mm(all.t()).div(temperature).scatter(1, self.unsqueeze(1), -1e9);
  return at::cross_entropy_loss(logits, self.roll(own.size(0) / 2));
}

namespace {

// ImageNet: --optimizer lars --lr 0.3 --weight_decay 1e-6 --weight_decay_end 1e-6 --clip_grad 0
// --warmup_epochs 10, 4096 images a step.
struct Config {
  double temperature = 0.1;  // tau, the best of Table 5 and the authors' default
  int64_t out_dim = 128;     // of z
  double strength = 1;       // s, of the colour distortion (appendix A)
  RandomViewConfig view{.scale = {0.08, 1.0}, .blur = 0.5};
};

Config read(Options& options) {
  Config c;
  int64_t parts = 1;
  options.get("temperature", c.temperature, "what similarities are divided by, above 0");
  options.get("out_dim", c.out_dim, "width of the projections that are compared");
  options.get("color_jitter_strength", c.strength, "of both views, 0 to 2.5");
  options.get("blur", c.view.blur, "probability of a blur, which is Pillow's");
  options.get("global_crops_size", c.view.size, "side of the two views in pixels");
  options.get("crop_scale", c.view.scale, "share of the image's area in a view");
  options.get("accumulate_steps", parts, "1: all images of a step are each other's negatives");
  ignore_dino_options(options, "simclr");
  require(c.temperature > 0 && c.out_dim > 0, "--temperature and --out_dim are positive");
  require(parts == 1, "--accumulate_steps is {}: simclr needs all negatives at once: 1", parts);
  require(c.strength >= 0 && c.strength <= 2.5, "--color_jitter_strength is {}, expected 0 to 2.5",
          c.strength);
  c.view.brightness = c.view.contrast = c.view.saturation = 0.8 * c.strength;
  c.view.hue = 0.2 * c.strength;
  return c;
}

/// Compares z = W(2) relu(norm(W(1) h)) of features h; the authors' code has a second norm, of z.
class SimClr : public Method {
 public:
  SimClr(const MethodInputs& inputs, const Config& c)
      : config_(c), seed_(inputs.seed), comm_(inputs.comm) {
    require(inputs.backbone.has_weights, "simclr cannot train '{}'", inputs.backbone.name);
    BackboneConfig shape = inputs.backbone_config;
    shape.image_size = c.view.size;
    backbone_ = network_->register_module("backbone", inputs.backbone.make(shape));
    const auto head = network_->register_module("head", std::make_shared<torch::nn::Module>());
    const int64_t width = backbone_->embed_dim();
    first_ = head->register_module("0", std::make_shared<Linear>(width, width, false));
    norm_ = head->register_module("1", std::make_shared<BatchNorm>(width));
    second_ = head->register_module("3", std::make_shared<Linear>(width, c.out_dim, false));
    synchronise_batch_norm(*network_, rank_sums(comm_));
  }

  std::vector<View> views() const override { return {2, random_view(config_.view)}; }
  at::Tensor loss(const StepBatch& batch, const Progress& at,
                  std::map<std::string, double>& series) override {
    const RowAddresses rows = view_rows(seed_, at.step, batch.samples, 2);
    const at::Tensor h = backbone_->forward(at::cat(batch.views), &rows);
    series["feature_rank"] = feature_rank(h, at.step, comm_);
    const at::Tensor z = second_->forward(at::relu(norm_->forward(first_->forward(h))));
    return nt_xent(at_least_float(z), config_.temperature, comm_);
  }

  NamedTensors trainable() override { return parameters_of(*network_); }
  void train(bool on) override { network_->train(on); }
  void to(c10::Device to, c10::ScalarType as) override { move_module(*network_, to, as); }
  std::shared_ptr<Backbone> frozen_backbone() override {
    backbone_->eval();
    return backbone_;
  }
  std::vector<CheckpointPart> checkpoint_parts() override {
    return {{"student", with_prefix(state_of(*network_), "module.")}};
  }

 private:
  Config config_;
  uint64_t seed_;
  Communicator& comm_;
  std::shared_ptr<torch::nn::Module> network_ = std::make_shared<torch::nn::Module>();
  std::shared_ptr<Backbone> backbone_;
  std::shared_ptr<Linear> first_, second_;
  std::shared_ptr<BatchNorm> norm_;
};

[[maybe_unused]] const bool registered = Methods::add(
    {.name = "simclr",
     .summary = "two views of an image attract, other images repel; no labels",
     .source = "Chen et al. 2020, arXiv 2002.05709",
     .describe = [](Options& options) { read(options); },
     .make = [](const MethodInputs& inputs, Options& options) -> std::unique_ptr<Method> {
       return std::make_unique<SimClr>(inputs, read(options));
     }});

}  // namespace
}  // namespace simclr
}  // namespace dinobench
