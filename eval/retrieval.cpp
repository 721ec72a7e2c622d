// Image retrieval on revisited Oxford and Paris. Radenovic et al. 2018; protocol of DINO (dino.md
// 9).
//
// retrieval-v1: Pillow's thumbnail (as of Pillow 7, box reduction included), one image a forward
// pass, the global feature, cosine over the whole database. As in the reference, queries are not
// cropped unless --crop_queries says so: then the box is the image. Ties of similarity go to the
// lower database index. A query without a positive in a protocol is left out of it and counted.
// Unlike the reference, ResNets are judged too: their feature is the pooled trunk.
#include <algorithm>
#include <filesystem>

#include "core/error.hpp"
#include "data/landmarks.hpp"
#include "eval/descriptors.hpp"
#include "eval/feature_file.hpp"
#include "eval/landmark_scores.hpp"
#include "eval/neighbours.hpp"

namespace dinobench::retrieval {
namespace {

struct Config {
  std::string dataset = "roxford5k", on_bad_image = "fail", dump_features;
  int64_t imsize = 224;
  bool multiscale = false, crop_queries = false;
};

// Indices of images -> rows of their features; images that could not be read are left out.
std::vector<LandmarkTruth> by_rows(const LandmarkSet& set, const FeatureBank& queries,
                                   const FeatureBank& database) {
  std::vector<int64_t> row_of(static_cast<size_t>(set.database.size()), -1);
  for (size_t row = 0; row < database.rows.size(); ++row)
    row_of[static_cast<size_t>(database.rows[row])] = static_cast<int64_t>(row);
  const auto rows = [&](const std::vector<int64_t>& images) {
    std::vector<int64_t> out;
    for (const int64_t image : images)
      if (const int64_t row = row_of[static_cast<size_t>(image)]; row >= 0) out.push_back(row);
    return out;
  };
  std::vector<LandmarkTruth> out;
  for (const int64_t query : queries.rows) {
    const LandmarkTruth& truth = set.truth[static_cast<size_t>(query)];
    out.push_back({rows(truth.easy), rows(truth.hard), rows(truth.junk)});
  }
  return out;
}

class Retrieval final : public Evaluation {
 public:
  Retrieval(Config config, std::string data_path)
      : config_(std::move(config)), data_path_(std::move(data_path)) {}

  void check() override { open(); }

  EvaluationRecord run(const FrozenModel& model, RunContext& context) override {
    const LandmarkSet set = open();
    warn_of_empty_queries(set, context.console);
    model.backbone->eval();
    FeatureBank database = extract(set.database, model, "retrieval database", context);
    FeatureBank queries = extract(set.queries, model, "retrieval queries", context);
    if (!config_.dump_features.empty() && context.comm.rank() == 0)
      save_features({{"database", &database}, {"queries", &queries}}, config_.dump_features);
    database.features = unit_rows(database.features);
    queries.features = unit_rows(queries.features);
    const ListedImages listed =
        rank_listed(queries.features, database.features, by_rows(set, queries, database), context);
    EvaluationRecord record;
    fill_record(listed, score_protocols(listed, queries.features.size(0)), context.seed, record);
    describe(set, queries, database, listed, record);
    return record;
  }

 private:
  LandmarkSet open() const {
    return open_landmarks(data_path_, config_.dataset, config_.crop_queries);
  }

  static void warn_of_empty_queries(const LandmarkSet& set, Console& console) {
    for (size_t q = 0; q < set.truth.size(); ++q)
      if (set.truth[q].easy.empty() && set.truth[q].hard.empty())
        console.warn(fmt::format("{}: gnd[{}] ({}) has no easy and no hard image: left out",
                                 set.truth_file.string(), q, set.queries.samples[q].id));
  }

  FeatureBank extract(const Dataset& images, const FrozenModel& model, const std::string& title,
                      RunContext& context) const {
    const View view{
        0, 0, [size = config_.imsize](const Image& image, Rng&) { return thumbnail(image, size); }};
    const RowsOf global = [&](const at::Tensor& batch) { return model.backbone->forward(batch); };
    const RowsOf scales = [&](const at::Tensor& batch) { return multi_scale(batch, global); };
    return extract_rows(images, view, 1, config_.multiscale ? scales : global, title,
                        config_.on_bad_image, context);
  }

  static void describe(const LandmarkSet& set, const FeatureBank& queries,
                       const FeatureBank& database, const ListedImages& listed,
                       EvaluationRecord& record) {
    std::vector<std::string> paths;
    for (const int64_t row : listed.image) paths.push_back(database.ids[static_cast<size_t>(row)]);
    record.raw["listed_paths"] = {{static_cast<int64_t>(paths.size())}, std::move(paths)};
    record.raw["query_paths"] = {{queries.features.size(0)}, queries.ids};
    record.attributes["queries"] = queries.features.size(0);
    record.attributes["database_images"] = database.features.size(0);
    record.attributes["feature_dimension"] = database.features.size(1);
    record.attributes["bad_images"] = queries.bad_images + database.bad_images;
    record.attributes["dataset_fingerprint"] = set.fingerprint();
  }

  Config config_;
  std::string data_path_;
};

std::unique_ptr<Evaluation> make(Options& options, const std::string& data_path) {
  Config c;
  options.get("dataset", c.dataset, "folder under --data_path: gnd_<dataset>.pkl and jpg");
  options.get("imsize", c.imsize, "images are reduced to this longer side, never enlarged");
  options.get("multiscale", c.multiscale, "features of three scales together");
  options.get("crop_queries", c.crop_queries,
              "queries are what their box (bbx) shows; the benchmark's rule, not the reference's");
  read_on_bad_image(options, c.on_bad_image);
  options.get("dump_features", c.dump_features, "HDF5 file for the features, before normalisation");
  require(c.imsize > 0, "--imsize {}: expected 1 or more", c.imsize);
  return std::make_unique<Retrieval>(std::move(c), data_path);
}

[[maybe_unused]] const bool registered =
    Evaluations::add({"retrieval", "instance retrieval on revisited Oxford or Paris",
                      "Radenovic et al. 2018, arXiv:1803.11285; protocol of arXiv:2104.14294",
                      "retrieval-v1", make});

}  // namespace
}  // namespace dinobench::retrieval
