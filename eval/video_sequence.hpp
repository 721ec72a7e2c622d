// One sequence segmented by a frozen backbone from its first annotation.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/davis.hpp"
#include "eval/evaluation.hpp"
#include "eval/label_propagation.hpp"

namespace dinobench {

struct VideoConfig {
  PropagationConfig propagation;
  int64_t scale_size = 480;  // short side of a frame as the network sees it
  std::string output_dir = ".", dump_features;
};

/// Segments frame after frame and writes <output_dir>/<sequence>/<frame>.png, in the size of the
/// images; the first is the annotation itself. Returns the masks. With dump_features the patch
/// tokens go to <dump_features>/<sequence>.h5 as /features, [frames, rows, columns, D]. The
/// backbone has tokens. after_frame is called after each frame.
std::vector<Mask> segment(const Sequence& sequence, const FrozenModel& model,
                          const VideoConfig& config, const RunContext& context,
                          const std::function<void()>& after_frame);

}  // namespace dinobench
