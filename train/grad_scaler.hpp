// fp16 training with a scaled loss: gradients too small for the half type are lifted into it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/pickle_value.hpp"
#include "core/precision.hpp"

namespace dinobench {

/// torch.amp.GradScaler's rule (Micikevicius et al. 2018, arXiv 1710.03740): a step with a
/// non-finite gradient is skipped and halves the scale; a run of good steps doubles it.
///
///   scaler.scale(loss).backward();
///   if (scaler.unscale(gradients)) optimizer.step();   // after the sum over ranks
///   scaler.update();
///
/// For any precision but fp16 it is off: scale() and unscale() change nothing, all steps are good.
class GradScaler {
 public:
  struct Config {
    double initial_scale = 65536, growth = 2, backoff = 0.5;
    int64_t growth_interval = 2000;  // good steps in a row
  };
  GradScaler(Precision precision, c10::Device device);
  GradScaler(Precision precision, c10::Device device, const Config& config);

  bool on() const { return scale_.defined(); }
  double scale() const;  ///< 1 when off

  at::Tensor scale(const at::Tensor& loss) const;  ///< loss times the scale
  /// Divides the gradients of these parameters by the scale, in place; undefined ones are passed
  /// over. Whether all were finite: the host waits for that. May be called several times before
  /// update(), for different parameters.
  bool unscale(const std::vector<at::Tensor>& parameters);
  /// Ends the step: the scale shrinks, stays or grows.
  void update();

  /// torch's GradScaler.state_dict(): scale, growth_factor, backoff_factor, growth_interval,
  /// _growth_tracker; an empty dict when off.
  Value state() const;
  /// Input Error for missing keys or numbers out of range. An empty dict changes nothing.
  void load_state(const Value& state);

 private:
  Config config_;
  at::Tensor scale_, good_steps_, found_inf_;  // float32, int32, float32 scalars on the device
};

}  // namespace dinobench
