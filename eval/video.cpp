// Video object segmentation of DAVIS-2017 by label propagation, with the official measures J and F.
// Protocol of DINO (dino.md 11): the deviation 0.228 of red, ties of the topk and one radius for
// every patch size are kept as in the reference. Not as there: a frame as wide as high (its two
// resize rules disagree), more than 256 scored frames (its 8-bit indices wrap) and void in a first
// annotation (255 objects there) work.
#include <algorithm>

#include "core/error.hpp"
#include "eval/video_scores.hpp"
#include "eval/video_sequence.hpp"

namespace dinobench::video {
namespace {

namespace fs = std::filesystem;

struct Config {
  VideoConfig segmentation;
  std::string score_only, image_set = "2017/val", resolution = "480p";
};

class Video final : public Evaluation {
 public:
  Video(Config config, std::string data_path)
      : config_(std::move(config)), data_path_(std::move(data_path)) {}

  bool needs_model() const override { return config_.score_only.empty(); }

  void check() override {
    const Davis davis = open();
    for (const Sequence& sequence : davis.sequences) {
      check_annotations(sequence);
      for (size_t i = 1; !needs_model() && sequence.scored() && i + 1 < sequence.frames.size(); ++i)
        require(fs::exists(result_path(sequence, i)), "{}: this result is missing",
                result_path(sequence, i).string());
    }
  }

  EvaluationRecord run(const FrozenModel& model, RunContext& context) override {
    EvaluationRecord record;
    if (needs_model() && !model.backbone->has_tokens()) {
      not_applicable(record, model.arch + " has no patch tokens");
      return record;
    }
    const Davis davis = open();
    record.attributes["dataset_fingerprint"] = davis.fingerprint();
    describe(davis, record);
    std::vector<SequenceScores> scores = judge(davis, model, context);
    share_scores(scores, context.comm);
    const auto scored = std::count_if(davis.sequences.begin(), davis.sequences.end(),
                                      [](const Sequence& s) { return s.scored(); });
    if (scored > 0)
      report_scores(davis.sequences, scores, context.seed, record);
    else
      not_applicable(record,
                     "no sequence has annotations of the frames between its first and last");
    return record;
  }

 private:
  Davis open() const {
    return open_davis(data_path_, config_.image_set, config_.resolution,
                      needs_model() ? FramesFrom::images : FramesFrom::annotations);
  }

  fs::path result_path(const Sequence& sequence, size_t frame) const {
    return fs::path(config_.score_only) / sequence.name / (sequence.frames[frame] + ".png");
  }

  static void describe(const Davis& davis, EvaluationRecord& record) {
    int64_t frames = 0, unscored = 0, binary = 0;
    std::vector<std::string> names;
    std::vector<int64_t> lengths;
    for (const Sequence& sequence : davis.sequences) {
      frames += static_cast<int64_t>(sequence.frames.size());
      unscored += !sequence.scored();
      binary += !read_mask(sequence.annotations.front()).has_palette;
      names.push_back(sequence.name);
      lengths.push_back(static_cast<int64_t>(sequence.frames.size()));
    }
    const auto count = static_cast<int64_t>(names.size());
    record.attributes["sequences"] = count;
    record.attributes["frames"] = frames;
    record.attributes["unscored_sequences"] = unscored;
    record.attributes["sequences_with_grey_masks"] = binary;  // DAVIS-2016's: one object each
    record.raw["sequences"] = {{count}, names};
    record.raw["sequence_frames"] = {{count}, lengths};
  }

  // The scores of this rank's sequences; the others stay empty.
  std::vector<SequenceScores> judge(const Davis& davis, const FrozenModel& model,
                                    RunContext& context) const {
    const std::vector<int> owner = deal_sequences(davis.sequences, context.comm.size());
    const auto mine = [&](size_t i) { return owner[i] == context.comm.rank(); };
    int64_t total = 0;
    for (size_t i = 0; i < owner.size(); ++i)
      total += mine(i) ? static_cast<int64_t>(davis.sequences[i].frames.size()) : 0;
    ProgressLine progress(context.console, "video", total, "frame");
    std::vector<SequenceScores> scores(owner.size());
    for (size_t i = 0; i < owner.size(); ++i)
      if (mine(i)) scores[i] = judge_one(davis.sequences[i], model, context, progress);
    return scores;
  }

  SequenceScores judge_one(const Sequence& sequence, const FrozenModel& model,
                           const RunContext& context, ProgressLine& progress) const {
    if (!needs_model()) {
      const auto frames = static_cast<int64_t>(sequence.frames.size());
      const auto read = [&](size_t frame) { return read_annotation(result_path(sequence, frame)); };
      SequenceScores scores;
      if (sequence.scored()) scores = score_sequence(sequence, config_.score_only, read);
      progress.advance(frames, frames, sequence.name);
      return scores;
    }
    const std::vector<Mask> masks = segment(sequence, model, config_.segmentation, context,
                                            [&] { progress.advance(1, 1, sequence.name); });
    if (!sequence.scored()) return {};
    return score_sequence(sequence, config_.segmentation.output_dir,
                          [&masks](size_t frame) { return masks[frame]; });
  }

  Config config_;
  std::string data_path_;
};

std::unique_ptr<Evaluation> make(Options& options, const std::string& data_path) {
  Config c;
  VideoConfig& s = c.segmentation;
  PropagationConfig& p = s.propagation;
  options.get("n_last_frames", p.last_frames, "frames before this one that give it labels");
  options.get("size_mask_neighborhood", p.radius, "patches a label may move in a step; 0: any");
  options.get("topk", p.topk, "most similar patches that give a patch its label");
  options.get("temperature", p.temperature, "of their weights exp(cosine / temperature)");
  options.get("scale_size", s.scale_size, "short side of a frame before the network");
  options.get("output_dir", s.output_dir, "folder for the masks, <sequence>/<frame>.png");
  options.get("dump_features", s.dump_features, "folder for the patch tokens, <sequence>.h5");
  options.get("score_only", c.score_only, "folder of masks to score; no network is run");
  options.get("image_set", c.image_set, "list of sequences, ImageSets/<image_set>.txt");
  options.get("resolution", c.resolution, "folder below JPEGImages and Annotations");
  options.ignore("bs", "frames depend on those before and are taken one by one");
  require(p.last_frames >= 0, "--n_last_frames {}: expected 0 or more", p.last_frames);
  require(p.radius >= 0, "--size_mask_neighborhood {}: expected 0 or more", p.radius);
  require(p.topk >= 1, "--topk {}: expected 1 or more", p.topk);
  require(p.temperature > 0, "--temperature {}: expected more than 0", p.temperature);
  require(s.scale_size >= 1, "--scale_size {}: expected 1 or more", s.scale_size);
  return std::make_unique<Video>(std::move(c), data_path);
}

[[maybe_unused]] const bool registered = Evaluations::add(
    {"video", "video object segmentation by propagating a first mask, measured by J and F",
     "Pont-Tuset et al. 2017, arXiv:1704.00675; Jabri et al. 2020, arXiv:2006.14613; protocol of "
     "arXiv:2104.14294",
     "video-davis2017-v1", make});

}  // namespace
}  // namespace dinobench::video
