// Linear classification of frozen features; protocol of DINO (dino.md 8).
#include <algorithm>

#include "core/error.hpp"
#include "eval/labelled_splits.hpp"
#include "eval/linear_checkpoint.hpp"
#include "eval/linear_holdout.hpp"
#include "eval/linear_training.hpp"

namespace dinobench::linear {
namespace {

/// linear-v1. Matched: interleaved average pooling, the last partial batch is trained on, the
/// permutation of each epoch, the views' distributions, cosine by epoch, no weight decay, float32.
/// Fixed on purpose: no image comes twice where ranks do not divide the data (the reference pads),
/// losses are means over images (there means of batches), validation features are extracted once
/// (there every time, to the same values), nothing is downloaded. Default of --num_labels: what the
/// data has.
class LinearEvaluation final : public Evaluation {
 public:
  LinearEvaluation(LinearConfig config, std::string data_path)
      : config_(std::move(config)), data_path_(std::move(data_path)) {}

  void check() override {
    if (!config_.linear_weights.empty())
      open_released();
    else
      labels_of(open_splits());
  }

  EvaluationRecord run(const FrozenModel& model, RunContext& context) override {
    EvaluationRecord record;
    const FrozenModel network = probe_network(model, config_.input);
    record.attributes["features"] = describe(model, config_.input);
    if (config_.input_given && !model.backbone->has_tokens())
      context.console.warn(
          model.arch + " has no tokens: --n_last_blocks and --avgpool_patchtokens are not used");
    if (!config_.linear_weights.empty())
      judge_released(network, context, record);
    else
      train(network, context, record);
    return record;
  }

 private:
  struct Released {
    Dataset val;
    at::Tensor weight, bias;
  };

  LabelledSplits open_splits() const {
    return open_labelled_splits(data_path_, config_.train_split, config_.val_split);
  }

  int64_t labels_of(const LabelledSplits& splits) const {
    const auto classes = static_cast<int64_t>(splits.train.classes.size());
    require(classes >= 2, "a linear probe needs at least two classes; {}/{} holds {}", data_path_,
            config_.train_split, classes);
    require(config_.num_labels == 0 || config_.num_labels >= classes,
            "--num_labels {}: {}/{} holds {} classes", config_.num_labels, data_path_,
            config_.train_split, classes);
    return config_.num_labels == 0 ? classes : config_.num_labels;
  }

  // Labels are positions among the class folders, so that these must be the released weights' own.
  Released open_released() const {
    const auto [weight, bias] = load_linear_weights(config_.linear_weights);
    Released released{open_labelled_dataset(std::filesystem::path(data_path_) / config_.val_split),
                      weight, bias};
    const auto classes = static_cast<int64_t>(released.val.classes.size());
    const int64_t wanted = config_.num_labels == 0 ? classes : config_.num_labels;
    require(weight.size(0) == wanted && classes <= wanted,
            "--linear_weights {} tells {} classes apart, {} holds {}: labels are positions among "
            "all class folders",
            config_.linear_weights, weight.size(0), released.val.root.string(), classes);
    return released;
  }

  void judge_released(const FrozenModel& network, RunContext& context,
                      EvaluationRecord& record) const {
    const Released released = open_released();
    record.attributes["dataset_fingerprint"] = released.val.fingerprint();
    const FeatureBank val =
        extract_features(released.val, network, config_.features, "linear val", context);
    require(released.weight.size(1) == val.features.size(1),
            "--linear_weights {} takes features of {} numbers, {} gives {}: other --n_last_blocks "
            "or --avgpool_patchtokens?",
            config_.linear_weights, released.weight.size(1), network.arch, val.features.size(1));
    ProbeGrid grid;
    grid.rates = {0.0};
    grid.weight = released.weight.unsqueeze(0).to(at::kFloat);
    grid.bias = released.bias.unsqueeze(0).to(at::kFloat);
    require(grid.finite(0), "{}: not all weights are finite", config_.linear_weights);
    const Judgement judgement = judge(grid, val);
    keep_answers(judgement.ranked[0], val, record);
    record.attributes["val_loss"] = judgement.loss[0];
    record.attributes["bad_images"] = val.bad_images;
  }

  void train(const FrozenModel& network, RunContext& context, EvaluationRecord& record) const {
    LabelledSplits splits = open_splits();
    ProbeData data;
    data.labels = labels_of(splits);
    data.fingerprint = splits.fingerprint();
    data.val = extract_features(splits.val, network, config_.features, "linear val", context);
    data.train = std::move(splits.train);
    if (!config_.sweep.empty()) {
      HeldOut parts = hold_out(data.train, config_.sweep_holdout, context.seed);
      data.train = std::move(parts.train);
      data.holdout =
          extract_features(parts.held_out, network, config_.features, "linear held out", context);
    }
    ProbeTraining training(config_, data, network, context);
    training.run();
    training.report(record);
    record.attributes["dataset_fingerprint"] = data.fingerprint;
    record.attributes["labels"] = data.labels;
    record.attributes["feature_dimension"] = data.val.features.size(1);
    record.attributes["train_images"] = data.train.size();
  }

  LinearConfig config_;
  std::string data_path_;
};

std::unique_ptr<Evaluation> make(Options& options, const std::string& data_path) {
  LinearConfig config;
  read_options(options, config);
  return std::make_unique<LinearEvaluation>(std::move(config), data_path);
}

[[maybe_unused]] const bool registered =
    Evaluations::add({"linear", "linear classifier on frozen features, trained here or given",
                      "protocol of arXiv:2104.14294", "linear-v1", make});

}  // namespace
}  // namespace dinobench::linear
