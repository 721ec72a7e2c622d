// The initial backbone, untrained: what any training must beat.
#include "core/error.hpp"
#include "methods/dino_options.hpp"
#include "methods/method.hpp"

namespace dinobench {
namespace random_init {

/// Its weights are those of the DINO student for the same seed: the first network built.
class RandomInit : public Method {
 public:
  RandomInit(const MethodInputs& inputs, int64_t image_size) {
    BackboneConfig config = inputs.backbone_config;
    config.image_size = image_size;
    backbone_ = inputs.backbone.make(config);
  }

  std::vector<View> views() const override { return {}; }
  at::Tensor loss(const StepBatch&, const Progress&, std::map<std::string, double>&) override {
    fail_run("method random_init has nothing to train");
  }
  NamedTensors trainable() override { return {}; }
  NamedTensors parameters() override { return with_prefix(parameters_of(*backbone_), "backbone."); }
  void train(bool on) override { backbone_->train(on); }
  void to(c10::Device device, c10::ScalarType dtype) override {
    move_module(*backbone_, device, dtype);
  }
  std::shared_ptr<Backbone> frozen_backbone() override {
    backbone_->eval();
    return backbone_;
  }
  std::vector<CheckpointPart> checkpoint_parts() override {
    return {{"student", with_prefix(state_of(*backbone_), "module.backbone.")}};
  }

 private:
  std::shared_ptr<Backbone> backbone_;
};

int64_t read_image_size(Options& options) {
  int64_t size = MultiCropConfig().global_crops_size;
  options.get("global_crops_size", size, "side of the images that the network is made for");
  ignore_dino_options(options, "random_init");
  return size;
}

[[maybe_unused]] const bool registered = Methods::add(
    {.name = "random_init",
     .summary = "no training: the initial weights of the seed",
     .source = "dinobench",
     .describe = [](Options& options) { read_image_size(options); },
     .make = [](const MethodInputs& inputs, Options& options) -> std::unique_ptr<Method> {
       return std::make_unique<RandomInit>(inputs, read_image_size(options));
     }});

}  // namespace random_init
}  // namespace dinobench
