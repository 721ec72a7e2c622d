// Optimisers of the reference: AdamW, SGD and LARS, with its parameter groups and torch's
// checkpoint layout.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backbones/state.hpp"
#include "core/pickle_value.hpp"

namespace dinobench {

/// Whether weight decay acts on this parameter: neither a bias by name nor one-dimensional. So
/// cls_token, pos_embed and weight_g are decayed (dino.md 6.2).
bool is_decayed(const std::string& name, const at::Tensor& parameter);

/// What makes a tensor part of a checkpoint.
using ToData = std::function<TensorData(const at::Tensor&)>;

/// One update of all parameters from their gradients. Group 0 holds the decayed parameters, group 1
/// the others, each in registration order; torch numbers parameters through the groups in that
/// order. A parameter absent at a step is left alone entirely: no decay, no moments, no count
/// (dino.md 6.5).
class Optimizer {
 public:
  explicit Optimizer(const NamedTensors& parameters);
  virtual ~Optimizer() = default;

  /// `learning_rate` is for both groups, `weight_decay` for group 0. Gradients are read from the
  /// parameters, which must have them unless absent(name).
  void step(double learning_rate, double weight_decay,
            const std::function<bool(const std::string&)>& absent);

  /// A parameter as an update made elsewhere sees it; float32 but for what torch says.
  struct Part {
    std::string name;
    at::Tensor parameter, count;
    std::vector<at::Tensor> buffers;
    bool decayed;
  };
  /// The parameters that are not absent, with their state, begun where this is their first step.
  /// For who makes step()'s update himself, and tells its rates to note().
  std::vector<Part> taking_part(const std::function<bool(const std::string&)>& absent);
  void note(double learning_rate, double weight_decay) {
    learning_rate_ = learning_rate, weight_decay_ = weight_decay;
  }

  /// {'state': {index: {...}}, 'param_groups': [...]}: torch.optim's state_dict, which
  /// load_state_dict of the same optimiser in Python accepts. Only step() changes its tensors.
  Value state(const ToData& data = to_data) const;
  /// Input Error if the groups or a tensor's shape are of another network or another optimiser.
  void load_state(const Value& state);

 protected:
  /// Parameters of one group that take part in a step, each list with an entry for each of them.
  struct Lists {
    std::vector<at::Tensor> parameters, gradients;
    std::vector<std::vector<at::Tensor>> buffers;  // [buffer_names().size()]
    std::vector<at::Tensor> counts;                // float32 scalars, this step included
  };
  virtual void update(Lists& lists, double learning_rate, double weight_decay) = 0;
  virtual std::vector<std::string> buffer_names() const = 0;  ///< as torch spells them
  virtual bool counts_steps() const { return false; }         ///< whether 'step' is in the state
  /// Constants of a param_group besides lr, weight_decay and params, as torch spells them.
  virtual ValueDict group_constants() const = 0;

 private:
  struct Slot {
    std::string name;
    at::Tensor parameter, count;
    std::vector<at::Tensor> buffers;  // empty until the first update
  };
  void begin(Slot& slot) const;
  Value slot_state(const Slot& slot, const ToData& data) const;
  void load_slot(Slot& slot, const Value& state) const;

  std::array<std::vector<Slot>, 2> groups_;
  double learning_rate_ = 0, weight_decay_ = 0;
};

std::unique_ptr<Optimizer> make_adamw(const NamedTensors& parameters);
std::unique_ptr<Optimizer> make_sgd(const NamedTensors& parameters);
std::unique_ptr<Optimizer> make_lars(const NamedTensors& parameters);

/// "adamw", "sgd" or "lars".
std::unique_ptr<Optimizer> make_optimizer(const std::string& name, const NamedTensors& parameters);

/// Scales each gradient by its own clip / (norm + 1e-6) where that is below 1 (dino.md 6.4: per
/// tensor, not global). Undefined gradients are passed over; clip 0 does nothing. Returns the
/// factors [n] of the defined ones, at most 1, where the gradients are.
at::Tensor clip_gradients(const std::vector<at::Tensor>& parameters, double clip);

}  // namespace dinobench
