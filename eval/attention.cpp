// Overlap of attention with objects: Jaccard of the last block's mass masks (dino.md 12, Fig. 4).
//
// attention-voc-v1 settles what the paper leaves open. Image by Pillow's bilinear and mask by its
// nearest filter to --image_size, the aspect ignored; both cut to whole patches; a head's mask
// enlarged to pixels. Objects are instances (--masks class: classes). Void (255) counts neither in
// the intersection nor in the union. Per object the best head, mean over an image's objects, then
// over the images that have one. An object that vanishes in resizing is left out and counted.
#include <algorithm>
#include <filesystem>
#include <set>

#include "core/error.hpp"
#include "data/transforms.hpp"
#include "data/voc.hpp"
#include "eval/attention_map.hpp"
#include "eval/attention_pictures.hpp"
#include "eval/attention_scores.hpp"
#include "eval/dealt.hpp"

namespace dinobench::attention {
namespace {

struct Config {
  std::array<int64_t, 2> image_size{480, 480};
  std::vector<double> thresholds{0.6, 0.8};
  std::string masks = "object", split = "val", save_maps;
  bool save_attention = false;
};

class AttentionOverlap final : public Evaluation {
 public:
  AttentionOverlap(Config config, std::string data_path)
      : config_(std::move(config)), data_path_(std::move(data_path)) {}

  void check() override { open_split(); }

  EvaluationRecord run(const FrozenModel& model, RunContext& context) override {
    EvaluationRecord record;
    if (!model.backbone->has_tokens()) {
      not_applicable(record, model.arch + " has no attention");
      return record;
    }
    const VocSplit split = open_split();
    const auto images = static_cast<int64_t>(split.files.size());
    const auto rows = dealt(
        images,
        [&](int64_t i) { return judge(split.files[static_cast<size_t>(i)], model, context); },
        "attention " + config_.split, "img", context);
    AttentionScores scores;
    scores.thresholds = config_.thresholds;
    std::vector<float> attention;
    int64_t vanished = 0;
    for (int64_t i = 0; i < images; ++i) {
      const std::vector<double>& row = rows[static_cast<size_t>(i)];
      const auto used = static_cast<std::ptrdiff_t>(scores.add(i, row));
      vanished += static_cast<int64_t>(row[static_cast<size_t>(used)]);
      attention.insert(attention.end(), row.begin() + used + 1, row.end());
    }
    require(scores.size() > 0, "{}: not one object in the {} masks of {} at --image_size {}",
            split.list.string(), images, mask_folder(), fmt::join(config_.image_size, " "));
    fill_record(scores, context.seed, record);
    describe(scores, split, record);
    record.attributes["vanished_objects"] = vanished;
    if (config_.save_attention)
      keep_attention(std::move(attention), split, scores.heads, model.backbone->patch_size(),
                     record);
    return record;
  }

 private:
  std::string mask_folder() const {
    return config_.masks == "class" ? "SegmentationClass" : "SegmentationObject";
  }

  VocSplit open_split() const { return open_voc(data_path_, config_.split, mask_folder()); }

  std::vector<double> judge(const MaskedFile& file, const FrozenModel& model,
                            const RunContext& context) const {
    const auto [height, width] = config_.image_size;
    const int64_t patch = model.backbone->patch_size();
    const Image image = decode_image(file.image);
    const Mask mask = read_mask(file.mask);
    require(mask.width == image.width && mask.height == image.height,
            "{}: the mask is {} x {} pixels, its image {} is {} x {}", file.mask.string(),
            mask.width, mask.height, file.image.string(), image.width, image.height);
    const at::Tensor input =
        whole_patches(network_input(resize(image, width, height, Filter::bilinear)), patch);
    const at::Tensor heads = cls_attention(model, input, context);
    if (!config_.save_maps.empty())
      save_pictures(input, heads, config_.thresholds,
                    std::filesystem::path(config_.save_maps) / file.id);
    const PatchedMask objects = count_patches(resize_nearest(mask, width, height), patch);
    std::vector<double> row = object_scores(objects, heads, config_.thresholds);
    row.push_back(static_cast<double>(object_ids(mask).size() - objects.objects.size()));
    if (config_.save_attention)
      row.insert(row.end(), heads.const_data_ptr<float>(),
                 heads.const_data_ptr<float>() + heads.numel());
    return row;
  }

  void describe(const AttentionScores& scores, const VocSplit& split,
                EvaluationRecord& record) const {
    std::vector<std::string> ids;
    for (const int64_t image : scores.image)
      ids.push_back(split.files[static_cast<size_t>(image)].id);
    record.raw["image_ids"] = {{scores.size()}, std::move(ids)};
    const auto images = static_cast<int64_t>(split.files.size());
    const std::set<int64_t> judged(scores.image.begin(), scores.image.end());
    record.attributes["images"] = images;
    record.attributes["images_without_objects"] = images - static_cast<int64_t>(judged.size());
    record.attributes["heads"] = scores.heads;
    record.attributes["masks"] = mask_folder();
    record.attributes["dataset_fingerprint"] = split.fingerprint();
  }

  void keep_attention(std::vector<float> values, const VocSplit& split, int64_t heads,
                      int64_t patch_size, EvaluationRecord& record) const {
    std::vector<std::string> ids;
    for (const MaskedFile& file : split.files) ids.push_back(file.id);
    const auto images = static_cast<int64_t>(ids.size());
    record.raw["attention_image_ids"] = {{images}, std::move(ids)};
    record.raw["attention"] = {
        {images, heads, config_.image_size[0] / patch_size, config_.image_size[1] / patch_size},
        std::move(values)};
  }

  Config config_;
  std::string data_path_;
};

std::unique_ptr<Evaluation> make(Options& options, const std::string& data_path) {
  Config c;
  options.get("image_size", c.image_size, "H W that images and masks are resized to");
  options.get("threshold", c.thresholds, "shares of the attention's mass that a mask keeps");
  options.choose("masks", c.masks, {"object", "class"},
                 "instances (SegmentationObject) or classes (SegmentationClass)");
  options.get("split", c.split, "list under ImageSets/Segmentation, without .txt");
  options.get("save_maps", c.save_maps, "folder for pictures, one sub-folder an image");
  options.get("save_attention", c.save_attention, "keep every image's maps in the record");
  require(std::min(c.image_size[0], c.image_size[1]) > 0, "--image_size {}: expected 1 or more",
          fmt::join(c.image_size, " "));
  for (const double threshold : c.thresholds)
    require(threshold > 0 && threshold <= 1,
            "--threshold {}: a share of the mass in (0, 1] was expected", threshold);
  require(std::set<double>(c.thresholds.begin(), c.thresholds.end()).size() == c.thresholds.size(),
          "--threshold {}: a share stands there twice", fmt::join(c.thresholds, " "));
  return std::make_unique<AttentionOverlap>(std::move(c), data_path);
}

[[maybe_unused]] const bool registered = Evaluations::add(
    {"attention", "Jaccard of the last block's attention with the objects of VOC masks",
     "arXiv:2104.14294, Fig. 4; protocol as told in facebookresearch/dino issue 54",
     "attention-voc-v1", make});

}  // namespace
}  // namespace dinobench::attention
