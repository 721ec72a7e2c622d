// Copy detection on INRIA Copydays. Douze et al. 2009; protocol of DINO (dino.md 10).
//
// copy_detection-v1: images resized to a square without regard to their aspect (bicubic); cls token
// beside the generalised mean of the patch tokens, both after the final norm; whitening by an
// uncentred second moment of centred use (as in the reference) if --whitening_path is given; cosine
// against the originals and the --distractors_path; <block>_mAP counts positives among the
// first 20. <block>_full_mAP and <block>_uAP look at the whole ranking. Ties go to the lower
// database index, originals first.
#include <algorithm>
#include <optional>
#include <span>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/copydays.hpp"
#include "eval/copy_scores.hpp"
#include "eval/descriptors.hpp"
#include "eval/feature_file.hpp"
#include "eval/neighbours.hpp"
#include "eval/whitening.hpp"

namespace dinobench::copy_detection {
namespace {

struct Config {
  int64_t imsize = 320, batch_size = 16;
  std::string whitening_path, distractors_path, on_bad_image = "fail", dump_features;
};

struct Input {
  std::vector<CopydaysBlock> blocks;
  std::optional<Dataset> distractors, whitening;

  std::string fingerprint() const {
    std::string all;
    for (const CopydaysBlock& block : blocks) all += block.name + block.images.fingerprint();
    for (const auto* set : {&distractors, &whitening}) all += *set ? (*set)->fingerprint() : "none";
    return sha256_hex(std::as_bytes(std::span(all)));
  }
};

// Positives of the images that could be read, as rows of the originals that could.
std::vector<std::vector<int64_t>> by_rows(const CopydaysBlock& block, const FeatureBank& copies,
                                          const FeatureBank& originals) {
  std::vector<std::vector<int64_t>> out;
  for (const int64_t image : copies.rows) {
    std::vector<int64_t> rows;
    for (const int64_t original : block.positives[static_cast<size_t>(image)]) {
      const auto at = std::lower_bound(originals.rows.begin(), originals.rows.end(), original);
      if (at != originals.rows.end() && *at == original)
        rows.push_back(at - originals.rows.begin());
    }
    out.push_back(std::move(rows));
  }
  return out;
}

class CopyDetection final : public Evaluation {
 public:
  CopyDetection(Config config, std::string data_path)
      : config_(std::move(config)), data_path_(std::move(data_path)) {}

  void check() override { open(); }

  EvaluationRecord run(const FrozenModel& model, RunContext& context) override {
    EvaluationRecord record;
    if (!model.backbone->has_tokens()) {
      not_applicable(record, model.arch + " has no patch tokens to pool");
      return record;
    }
    const Input input = open();
    model.backbone->eval();
    std::vector<FeatureBank> blocks;
    std::optional<FeatureBank> distractors, whitening;
    for (const CopydaysBlock& block : input.blocks)
      blocks.push_back(extract(block.images, model, block.name, context));
    if (input.distractors) distractors = extract(*input.distractors, model, "distractors", context);
    if (input.whitening) whitening = extract(*input.whitening, model, "whitening", context);
    if (!config_.dump_features.empty() && context.comm.rank() == 0)
      dump(input, blocks, distractors, whitening);
    describe(input, blocks, distractors, whitening, record);
    prepare(blocks, distractors, whitening);
    std::vector<at::Tensor> database{blocks[0].features};
    if (distractors) database.push_back(distractors->features);
    for (size_t b = 0; b < blocks.size(); ++b)
      score(input.blocks[b], blocks[b], blocks[0], database, context, record);
    return record;
  }

 private:
  Input open() const {
    Input input{open_copydays(data_path_), {}, {}};
    if (!config_.distractors_path.empty())
      input.distractors = open_dataset(config_.distractors_path);
    if (!config_.whitening_path.empty()) input.whitening = open_dataset(config_.whitening_path);
    return input;
  }

  FeatureBank extract(const Dataset& images, const FrozenModel& model, const std::string& name,
                      RunContext& context) const {
    const int64_t side = config_.imsize;
    const View view{side, side, [side](const Image& image, Rng&) {
                      return resize(image, side, side, Filter::bicubic);
                    }};
    const RowsOf descriptor = [&](const at::Tensor& batch) {
      return cls_and_generalised_mean(model.backbone->last_blocks(batch, 1).at(0));
    };
    return extract_rows(images, view, config_.batch_size, descriptor, "copy_detection " + name,
                        config_.on_bad_image, context);
  }

  void dump(const Input& input, const std::vector<FeatureBank>& blocks,
            const std::optional<FeatureBank>& distractors,
            const std::optional<FeatureBank>& whitening) const {
    std::map<std::string, const FeatureBank*> groups;
    for (size_t b = 0; b < blocks.size(); ++b) groups[input.blocks[b].name] = &blocks[b];
    if (distractors) groups["distractors"] = &*distractors;
    if (whitening) groups["whitening"] = &*whitening;
    save_features(groups, config_.dump_features);
  }

  // Whitens and makes unit rows of what is compared.
  static void prepare(std::vector<FeatureBank>& blocks, std::optional<FeatureBank>& distractors,
                      const std::optional<FeatureBank>& whitening) {
    std::vector<FeatureBank*> banks;
    for (FeatureBank& block : blocks) banks.push_back(&block);
    if (distractors) banks.push_back(&*distractors);
    std::optional<Whitening> transform;
    if (whitening) transform.emplace(whitening->features);
    for (FeatureBank* bank : banks) {
      if (transform) transform->apply(bank->features);
      bank->features = unit_rows(bank->features);
    }
  }

  static void score(const CopydaysBlock& block, const FeatureBank& copies,
                    const FeatureBank& originals, const std::vector<at::Tensor>& database,
                    RunContext& context, EvaluationRecord& record) {
    const CopyRanks ranks = rank_copies(copies.features, database,
                                        by_rows(block, copies, originals), block.name, context);
    fill_record(block.name, ranks, context.seed, record);
    record.raw[block.name + "_paths"] = {{copies.features.size(0)}, copies.ids};
  }

  static void describe(const Input& input, const std::vector<FeatureBank>& blocks,
                       const std::optional<FeatureBank>& distractors,
                       const std::optional<FeatureBank>& whitening, EvaluationRecord& record) {
    std::vector<std::string> names;
    int64_t bad = 0;
    for (const CopydaysBlock& block : input.blocks) names.push_back(block.name);
    for (const FeatureBank& block : blocks) bad += block.bad_images;
    for (const auto* bank : {&distractors, &whitening}) bad += *bank ? (*bank)->bad_images : 0;
    record.raw["blocks"] = {{static_cast<int64_t>(names.size())}, std::move(names)};
    record.attributes["bad_images"] = bad;
    record.attributes["distractors"] = distractors ? distractors->features.size(0) : int64_t{0};
    record.attributes["whitening_images"] = whitening ? whitening->features.size(0) : int64_t{0};
    record.attributes["feature_dimension"] = blocks[0].features.size(1);
    record.attributes["dataset_fingerprint"] = input.fingerprint();
  }

  Config config_;
  std::string data_path_;
};

std::unique_ptr<Evaluation> make(Options& options, const std::string& data_path) {
  Config c;
  options.get("imsize", c.imsize, "side of the square that every image is resized to");
  options.get("batch_size_per_gpu", c.batch_size, "images of one forward pass");
  options.get("whitening_path", c.whitening_path, "folder of images to learn the whitening from");
  options.get("distractors_path", c.distractors_path,
              "folder of further images for the database; none: only the originals");
  read_on_bad_image(options, c.on_bad_image);
  options.get("dump_features", c.dump_features, "HDF5 file for the descriptors, before whitening");
  require(c.imsize > 0, "--imsize {}: expected 1 or more", c.imsize);
  require(c.batch_size > 0, "--batch_size_per_gpu {}: expected 1 or more", c.batch_size);
  return std::make_unique<CopyDetection>(std::move(c), data_path);
}

[[maybe_unused]] const bool registered = Evaluations::add(
    {"copy_detection", "retrieval of the originals of altered copies, in the layout of Copydays",
     "Douze et al. 2009 (Copydays); protocol of arXiv:2104.14294", "copy_detection-v1", make,
     "vit_base", 8});

}  // namespace
}  // namespace dinobench::copy_detection
