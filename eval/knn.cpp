// Weighted k-NN classification of frozen features. Wu et al. 2018; protocol of DINO (dino.md 7).
#include <algorithm>
#include <filesystem>
#include <limits>
#include <span>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/file_digest.hpp"
#include "eval/feature_file.hpp"
#include "eval/label_subset.hpp"
#include "eval/labelled_splits.hpp"
#include "eval/metrics.hpp"
#include "eval/neighbours.hpp"
#include "eval/sharded_search.hpp"

namespace dinobench::knn {
namespace {

struct Config {
  std::vector<int64_t> neighbours{10, 20, 100, 200};
  double temperature = 0.07;  // T
  std::string train_split = "train", val_split = "val";
  std::string dump_features, load_features;
  LabelSubset labelled;  // of the bank
  FeatureConfig features;
};

// On a GPU the search takes as much of its memory as both splits' features (4 N D bytes each), and
// 288 MiB; where that is not free the processor searches.
class Knn final : public Evaluation {
 public:
  Knn(Config config, std::string data_path)
      : config_(std::move(config)), data_path_(std::move(data_path)) {}

  bool needs_model() const override { return config_.load_features.empty(); }

  void check() override {
    if (!needs_model()) return;
    const LabelledSplits splits = open_splits(0);
    check_bank(splits.train.size(), static_cast<int64_t>(splits.train.classes.size()));
  }

  EvaluationRecord run(const FrozenModel& model, RunContext& context) override {
    EvaluationRecord record;
    FeatureBank train, val;
    int64_t classes = 0;
    if (needs_model())
      extract(model, context, record, train, val, classes);
    else
      load(record, train, val, classes);
    check_bank(train.features.size(0), classes);
    if (!config_.dump_features.empty() && context.comm.rank() == 0)
      save_features(train, val, config_.dump_features);
    classify(train, val, classes, context, record);
    record.attributes["bad_images"] = train.bad_images + val.bad_images;
    return record;
  }

 private:
  LabelledSplits open_splits(uint64_t seed) const {
    return open_labelled_subset(data_path_, config_.train_split, config_.val_split,
                                config_.labelled, seed);
  }

  int64_t most_neighbours() const {
    return *std::max_element(config_.neighbours.begin(), config_.neighbours.end());
  }

  void check_bank(int64_t size, int64_t classes) const {
    require(classes >= 2, "k-NN needs at least two classes; {} holds {}",
            needs_model() ? data_path_ + "/" + config_.train_split : config_.load_features,
            classes);
    require(most_neighbours() <= size, "--nb_knn {}: k is larger than the bank of {} features",
            most_neighbours(), size);
  }

  void extract(const FrozenModel& model, RunContext& context, EvaluationRecord& record,
               FeatureBank& train, FeatureBank& val, int64_t& classes) const {
    const LabelledSplits splits = open_splits(context.seed);
    classes = static_cast<int64_t>(splits.train.classes.size());
    check_bank(splits.train.size(), classes);
    record.attributes["dataset_fingerprint"] = splits.fingerprint();
    train = extract_features(splits.train, model, config_.features, "knn train", context);
    val = extract_features(splits.val, model, config_.features, "knn val", context);
  }

  void load(EvaluationRecord& record, FeatureBank& train, FeatureBank& val,
            int64_t& classes) const {
    record.attributes["features_sha256"] = file_digest(config_.load_features, Digest::sha256);
    train = load_features(config_.load_features, "train");
    val = load_features(config_.load_features, "val");
    for (const FeatureBank* bank : {&train, &val})
      classes = std::max(classes, 1 + *std::max_element(bank->labels.begin(), bank->labels.end()));
  }

  void classify(FeatureBank& train, FeatureBank& val, int64_t classes, RunContext& context,
                EvaluationRecord& record) const {
    for (FeatureBank* bank : {&train, &val}) bank->features = unit_rows(bank->features);
    const Neighbours found =
        sharded_nearest(val.features, train.features, most_neighbours(), context);
    const int64_t n = found.queries;
    for (const int64_t k : config_.neighbours) {
      const Votes votes = vote(found, train.labels, val.labels, classes, k, config_.temperature);
      const std::string name = fmt::format("k{}_", k);
      record.metrics[name + "top1"] = percent_metric(votes.top1, n);
      record.metrics[name + "top5"] = percent_metric(votes.top5, n);
      record.raw[name + "predictions"] = {{n}, votes.predictions};
    }
    record.raw["neighbours"] = {{n, found.k}, found.index};
    record.raw["similarities"] = {{n, found.k}, found.similarity};
    record.raw["labels"] = {{n}, val.labels};
    record.raw["paths"] = {{n}, val.ids};
    record.raw["train_labels"] = {{train.features.size(0)}, train.labels};
    record.raw["train_paths"] = {{train.features.size(0)}, train.ids};
    record.attributes["classes"] = classes;
    record.attributes["temperature"] = config_.temperature;
    record.attributes["feature_dimension"] = train.features.size(1);
  }

  Config config_;
  std::string data_path_;
};

std::unique_ptr<Evaluation> make(Options& options, const std::string& data_path) {
  Config c;
  options.get("nb_knn", c.neighbours, "numbers of neighbours k, all judged in one pass");
  options.get("temperature", c.temperature, "of the vote's weights exp(cosine / temperature)");
  options.get("train_split", c.train_split, "folder under --data_path whose images are the bank");
  options.get("val_split", c.val_split, "folder under --data_path whose images are classified");
  options.get("dump_features", c.dump_features, "HDF5 file for the features, before normalisation");
  options.get("load_features", c.load_features, "HDF5 file of --dump_features to use instead");
  read_options(options, c.labelled);
  read_options(options, c.features);
  require(c.load_features.empty() || c.labelled.all(),
          "--load_features takes the whole bank of the file, --label_fraction and --train_list "
          "choose from a folder: give one of them");
  require(*std::min_element(c.neighbours.begin(), c.neighbours.end()) >= 1,
          "--nb_knn: expected numbers of 1 or more");
  require(c.temperature > 0, "--temperature {}: expected more than 0", c.temperature);
  return std::make_unique<Knn>(std::move(c), data_path);
}

[[maybe_unused]] const bool registered = Evaluations::add(
    {"knn", "weighted k-nearest-neighbour classification of frozen features",
     "Wu et al. 2018, arXiv:1805.01978; protocol of arXiv:2104.14294", "knn-v1", make});

}  // namespace
}  // namespace dinobench::knn
