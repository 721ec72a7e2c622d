// Frames to features, features to labels, labels to masks.
#include "eval/video_sequence.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <deque>

#include "backbones/autocast.hpp"
#include "core/error.hpp"
#include "core/hdf5_file.hpp"
#include "data/frames.hpp"
#include "eval/neighbours.hpp"

namespace dinobench {
namespace video_sequence {
namespace {

at::Tensor unit(const at::Tensor& features) {
  if (features.scalar_type() != at::kDouble) return unit_rows(features);
  return features / features.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-12);
}

class Segmenter {
 public:
  Segmenter(const Sequence& sequence, const FrozenModel& model, const VideoConfig& config,
            const RunContext& context)
      : sequence_(sequence), model_(model), config_(config), context_(context) {
    const int64_t patch = model.backbone->patch_size();
    annotation_ = read_annotation(sequence.annotations.front());
    count_objects(annotation_, sequence.annotations.front());
    size_ = frame_size(annotation_.width, annotation_.height, config.scale_size);
    grid_ = {size_.height / patch, size_.width / patch};
    require(grid_.cells() > 0, "--scale_size {}: frames of {} x {} hold no patch of {}",
            config.scale_size, size_.width, size_.height, patch);
  }

  const Mask& annotation() const { return annotation_; }

  void start() {
    Mask known = annotation_;
    std::replace(known.values.begin(), known.values.end(), uint8_t{255}, uint8_t{0});
    first_ = {unit(tokens(0)), one_hot(resize_nearest(known, grid_.columns, grid_.rows))};
  }

  Mask next(size_t frame) {
    std::vector<LabelledFrame> contexts{first_};
    contexts.insert(contexts.end(), recent_.begin(), recent_.end());
    LabelledFrame now{unit(tokens(frame)), {}};
    now.labels = propagate(now.features, contexts, grid_, config_.propagation);
    recent_.push_back(now);
    if (static_cast<int64_t>(recent_.size()) > config_.propagation.last_frames) recent_.pop_front();
    return harden(now.labels, grid_, model_.backbone->patch_size(), annotation_.width,
                  annotation_.height);
  }

  void dump() const {
    if (config_.dump_features.empty()) return;
    const at::Tensor all = at::stack(dumped_).to(at::kFloat).contiguous();
    const float* values = all.const_data_ptr<float>();
    Hdf5Writer writer(std::filesystem::path(config_.dump_features) / (sequence_.name + ".h5"));
    writer.array("/features", {{all.size(0), grid_.rows, grid_.columns, all.size(2)},
                               std::vector<float>(values, values + all.numel())});
    writer.commit();
  }

 private:
  at::Tensor pixels(size_t frame) const {
    const std::filesystem::path& path = sequence_.images[frame];
    const Image image = decode_image(path);
    require(image.width == annotation_.width && image.height == annotation_.height,
            "{}: the frame is {} x {} pixels, the sequence's first annotation {} x {}",
            path.string(), image.width, image.height, annotation_.width, annotation_.height);
    std::vector<float> values(static_cast<size_t>(3 * size_.width * size_.height));
    normalize_frame(resize_opencv(image, size_.width, size_.height), values.data());
    return at::from_blob(values.data(), {1, 3, size_.height, size_.width}, at::kFloat)
        .to(context_.device, context_.dtype, /*non_blocking=*/false, /*copy=*/true);
  }

  // Patch tokens of the last block after the final norm, [cells, D], on the host.
  at::Tensor tokens(size_t frame) {
    const AutocastScope mixed(context_.device, context_.precision);
    at::Tensor out = model_.backbone->last_blocks(pixels(frame), 1).at(0)[0].slice(0, 1);
    out = out.to(at::kCPU, context_.dtype).contiguous();
    require(out.size(0) == grid_.cells(), "{} gave {} patches for a frame of {}", model_.arch,
            out.size(0), grid_.cells());
    if (!at::isfinite(out).all().item<bool>())
      fail_run("{}: the features are not finite", sequence_.images[frame].string());
    if (!config_.dump_features.empty()) dumped_.push_back(out);
    return out;
  }

  const Sequence& sequence_;
  const FrozenModel& model_;
  const VideoConfig& config_;
  const RunContext& context_;
  Mask annotation_;
  FrameSize size_;
  PatchGrid grid_;
  LabelledFrame first_;
  std::deque<LabelledFrame> recent_;
  std::vector<at::Tensor> dumped_;
};

}  // namespace
}  // namespace video_sequence

std::vector<Mask> segment(const Sequence& sequence, const FrozenModel& model,
                          const VideoConfig& config, const RunContext& context,
                          const std::function<void()>& after_frame) {
  const at::NoGradGuard no_grad;
  video_sequence::Segmenter segmenter(sequence, model, config, context);
  const std::filesystem::path folder = std::filesystem::path(config.output_dir) / sequence.name;
  std::vector<Mask> masks;
  for (size_t frame = 0; frame < sequence.frames.size(); ++frame) {
    if (frame == 0) segmenter.start();
    masks.push_back(frame == 0 ? segmenter.annotation() : segmenter.next(frame));
    write_mask(masks.back(), folder / (sequence.frames[frame] + ".png"));
    after_frame();
  }
  segmenter.dump();
  return masks;
}

}  // namespace dinobench
