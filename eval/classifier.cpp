// Accuracy of a supervised network's own classifier on its frozen features.
#include <ATen/ops/linear.h>

#include "core/error.hpp"
#include "eval/features.hpp"
#include "eval/labelled_splits.hpp"
#include "eval/ranked_classes.hpp"

namespace dinobench::classifier {
namespace {

struct Config {
  std::string train_split = "train", val_split = "val";
  FeatureConfig features;
};

class Classifier final : public Evaluation {
 public:
  Classifier(Config config, std::string data_path)
      : config_(std::move(config)), data_path_(std::move(data_path)) {}

  void check() override { open_splits(); }

  EvaluationRecord run(const FrozenModel& model, RunContext& context) override {
    EvaluationRecord record;
    if (!model.classifier) {
      not_applicable(record, model.arch + ": these weights have no classifier");
      return record;
    }
    const LabelledSplits splits = open_splits();
    const auto classes = static_cast<int64_t>(splits.train.classes.size());
    require(model.classifier->weight.size(0) == classes,
            "the classifier knows {} classes, {}/{} has {}", model.classifier->weight.size(0),
            data_path_, config_.train_split, classes);
    record.attributes["dataset_fingerprint"] = splits.fingerprint();
    const FeatureBank val =
        extract_features(splits.val, model, config_.features, "classifier val", context);
    keep_answers(rank(val, *model.classifier), val, record);
    record.attributes["bad_images"] = val.bad_images;
    return record;
  }

 private:
  LabelledSplits open_splits() const {
    return open_labelled_splits(data_path_, config_.train_split, config_.val_split);
  }

  static RankedClasses rank(const FeatureBank& val, const LinearClassifier& head) {
    RankedClasses ranked;
    ranked.add(at::linear(val.features, head.weight.to(at::kCPU, at::kFloat),
                          head.bias.to(at::kCPU, at::kFloat)),
               val.labels);
    return ranked;
  }

  Config config_;
  std::string data_path_;
};

std::unique_ptr<Evaluation> make(Options& options, const std::string& data_path) {
  Config config;
  options.get("train_split", config.train_split, "folder under --data_path that names the classes");
  options.get("val_split", config.val_split,
              "folder under --data_path whose images are classified");
  read_options(options, config.features);
  return std::make_unique<Classifier>(std::move(config), data_path);
}

[[maybe_unused]] const bool registered = Evaluations::add(
    {"classifier", "accuracy of a supervised network's own classifier",
     "the training method's; top-1 and top-5 as in arXiv:1409.0575", "classifier-v1", make});

}  // namespace
}  // namespace dinobench::classifier
