// The same training for every start.
#include "methods/classifier_training.hpp"

#include <ATen/ATen.h>

#include "backbones/autocast.hpp"
#include "core/error.hpp"
#include "methods/multi_crop_network.hpp"
#include "methods/rank_sums.hpp"
#include "methods/series.hpp"

namespace dinobench {
namespace classifier_training {
namespace {

class Classifier : public torch::nn::Module {
 public:
  Classifier(std::shared_ptr<Backbone> start, int64_t classes) {
    backbone = register_module("backbone", std::move(start));
    head = register_module("head", std::make_shared<Linear>(backbone->embed_dim(), classes));
    // A ResNet's classifier keeps PyTorch's default values, as torchvision's does.
    if (backbone->has_tokens()) initialise_truncated_normal(*head);
  }
  std::shared_ptr<Backbone> backbone;
  std::shared_ptr<Linear> head;
};

class ClassifierTraining : public Method {
 public:
  ClassifierTraining(const MethodInputs& inputs, const SupervisedOptions& config,
                     std::shared_ptr<Backbone> backbone)
      : config_(config), seed_(inputs.seed), classes_(inputs.num_classes), comm_(inputs.comm) {
    require(classes_ >= 2, "supervised training needs at least 2 classes, the data set has {}",
            classes_);
    network_ = std::make_shared<Classifier>(std::move(backbone), classes_);
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

at::Tensor ClassifierTraining::loss(const StepBatch& batch, const Progress& at,
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
double ClassifierTraining::checked_top1(const at::Tensor& logits, const at::Tensor& labels) const {
  const auto [lowest, highest] = at::aminmax(labels);
  const at::Tensor right = logits.argmax(-1).eq(labels).sum();
  const at::Tensor numbers = at::stack({lowest, highest, right}).to(at::kCPU);  // one copy for all
  const int64_t* seen = numbers.const_data_ptr<int64_t>();
  require(seen[0] >= 0 && seen[1] < classes_, "labels span {} to {}, expected 0 to {}", seen[0],
          seen[1], classes_ - 1);
  return 100 * static_cast<double>(seen[2]) / static_cast<double>(labels.numel());
}

}  // namespace
}  // namespace classifier_training

std::unique_ptr<Method> make_classifier_training(const MethodInputs& inputs,
                                                 const SupervisedOptions& config,
                                                 std::shared_ptr<Backbone> backbone) {
  return std::make_unique<classifier_training::ClassifierTraining>(inputs, config,
                                                                   std::move(backbone));
}

}  // namespace dinobench
