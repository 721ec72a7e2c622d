// The reference's checkpoint of a probe, with what a bit-equal resume needs beside it.
#include "eval/linear_checkpoint.hpp"

#include <ATen/ATen.h>

#include <type_traits>

#include "backbones/state.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/torch_file.hpp"

namespace dinobench {
namespace linear_checkpoint {
namespace {

constexpr const char* kWeight = "module.linear.weight";
constexpr const char* kBias = "module.linear.bias";

Value tensors(const std::vector<std::pair<const char*, at::Tensor>>& named) {
  Value out = Value::dict();
  for (const auto& [name, tensor] : named) out.set(name, to_data(tensor));
  return out;
}

// As torch.optim.SGD: parameter 0 is the weight, 1 the bias.
Value optimizer_state(const ProbeGrid& grid, int64_t probe, double factor) {
  Value buffers = Value::dict();
  buffers.set(int64_t{0}, tensors({{"momentum_buffer", grid.weight_momentum[probe]}}));
  buffers.set(int64_t{1}, tensors({{"momentum_buffer", grid.bias_momentum[probe]}}));
  const double rate = grid.rates[static_cast<size_t>(probe)];
  const Value group = Value::dict({{"lr", rate * factor},
                                   {"momentum", 0.9},
                                   {"dampening", int64_t{0}},
                                   {"weight_decay", int64_t{0}},
                                   {"nesterov", false},
                                   {"maximize", false},
                                   {"foreach", Value()},
                                   {"differentiable", false},
                                   {"fused", Value()},
                                   {"initial_lr", rate},
                                   {"params", Value::list({int64_t{0}, int64_t{1}})}});
  return Value::dict({{"state", buffers}, {"param_groups", Value::list({group})}});
}

// As torch.optim.lr_scheduler.CosineAnnealingLR after `epoch` steps.
Value scheduler_state(double rate, int64_t epoch, int64_t epochs) {
  return Value::dict({{"T_max", epochs},
                      {"eta_min", int64_t{0}},
                      {"base_lrs", Value::list({rate})},
                      {"last_epoch", epoch},
                      {"_step_count", epoch + 1},
                      {"_get_lr_called_within_step", false},
                      {"_last_lr", Value::list({rate * annealing(epoch, epochs)})}});
}

Value settings_value(const ProbeSettings& settings) {
  Value out = Value::dict();
  for (const auto& [name, text] : settings) out.set(name, text);
  return out;
}

const Value& entry(const Value& file, const std::string& key, const std::string& path) {
  const Value* found = file.is_dict() ? file.find(key) : nullptr;
  require(found != nullptr, "{}: no '{}' in this file", path, key);
  return *found;
}

void compare(const Value& then, const ProbeSettings& now, const std::string& path) {
  std::vector<std::string> differences;
  for (const auto& [name, text] : now) {
    const std::string before = entry(then, name, path).as_text();
    if (before != text)
      differences.push_back(fmt::format("{} was {}, is now {}", name, before, text));
  }
  require(differences.empty(),
          "{} is of a run with other settings ({}); give the same, or another --output_dir", path,
          fmt::join(differences, "; "));
}

void copy_into(at::Tensor target, const Value& dict, const std::string& key,
               const std::string& path) {
  const at::Tensor source = to_tensor(entry(dict, key, path).as_tensor());
  require(source.sizes() == target.sizes(), "{}: '{}' has shape [{}], expected [{}]", path, key,
          fmt::join(source.sizes(), ", "), fmt::join(target.sizes(), ", "));
  target.copy_(source);
}

template <class Element>
void read_column(std::vector<Element>& out, const Value& value) {
  const at::Tensor read = to_tensor(value.as_tensor()).contiguous();
  const at::Tensor typed =
      read.to(std::is_same_v<Element, double> ? at::kDouble : at::kLong).contiguous();
  const auto* first = typed.const_data_ptr<Element>();
  out.assign(first, first + typed.numel());
}

}  // namespace
}  // namespace linear_checkpoint

void save_probes(const std::filesystem::path& folder, const ProbeGrid& grid,
                 const ProbeJournal& journal, const ProbeRun& run) {
  namespace names = linear_checkpoint;
  const int64_t epoch = journal.epochs(grid.size()), leader = journal.leader(grid.size());
  const double rate = grid.rates[static_cast<size_t>(leader)];
  Value history = Value::dict();
  ProbeJournal::visit(journal, [&](const char* name, const auto& column) {
    history.set(name, to_data(at::tensor(column)));
  });
  const double best =
      journal.best_hits.empty()
          ? 0.0
          : 100 * static_cast<double>(journal.best_hits[static_cast<size_t>(leader)]) /
                static_cast<double>(run.val_images);
  Value file = Value::dict();
  file.set("epoch", epoch);
  file.set("state_dict", names::tensors({{names::kWeight, grid.weight[leader]},
                                         {names::kBias, grid.bias[leader]}}));
  file.set("optimizer", names::optimizer_state(grid, leader, annealing(epoch, run.epochs)));
  file.set("scheduler", names::scheduler_state(rate, epoch, run.epochs));
  file.set("best_acc", best);
  file.set("settings", names::settings_value(run.settings));
  file.set("history", history);
  file.set("probes", names::tensors({{"weight", grid.weight},
                                     {"bias", grid.bias},
                                     {"weight_momentum", grid.weight_momentum},
                                     {"bias_momentum", grid.bias_momentum}}));
  save_torch_file(file, folder / "checkpoint.pth.tar");
  AtomicFile log(folder / "log.txt");
  log.write(probe_log(grid, journal, run));
  log.commit();
}

bool load_probes(const std::filesystem::path& folder, ProbeGrid& grid, ProbeJournal& journal,
                 const ProbeRun& run) {
  namespace names = linear_checkpoint;
  const std::filesystem::path path = folder / "checkpoint.pth.tar";
  if (!std::filesystem::exists(path)) return false;
  const Value file = load_torch_file(path);
  const std::string name = path.string();
  names::compare(names::entry(file, "settings", name), run.settings, name);
  const Value& probes = names::entry(file, "probes", name);
  names::copy_into(grid.weight, probes, "weight", name);
  names::copy_into(grid.bias, probes, "bias", name);
  names::copy_into(grid.weight_momentum, probes, "weight_momentum", name);
  names::copy_into(grid.bias_momentum, probes, "bias_momentum", name);
  const Value& history = names::entry(file, "history", name);
  ProbeJournal::visit(journal, [&](const char* column, auto& values) {
    names::read_column(values, names::entry(history, column, name));
  });
  require(journal.epochs(grid.size()) == names::entry(file, "epoch", name).as_int(),
          "{}: its history is not as long as its epoch says", name);
  return true;
}

std::pair<at::Tensor, at::Tensor> load_linear_weights(const std::filesystem::path& path) {
  const Value file = load_torch_file(path);
  require(file.is_dict(), "{}: expected a dict with 'state_dict'", path.string());
  const Value* state = file.find("state_dict");
  at::Tensor weight, bias;
  for (const auto& [key, value] : (state == nullptr ? file : *state).as_dict()) {
    const std::string& name = key.as_text();
    if (!value.is_tensor()) continue;
    if (name.ends_with("linear.weight")) weight = to_tensor(value.as_tensor());
    if (name.ends_with("linear.bias")) bias = to_tensor(value.as_tensor());
  }
  require(weight.defined() && bias.defined(), "{}: no {} and {} in it", path.string(),
          linear_checkpoint::kWeight, linear_checkpoint::kBias);
  require(weight.dim() == 2 && bias.dim() == 1 && bias.size(0) == weight.size(0),
          "{}: weight [{}] and bias [{}] are not those of a linear classifier", path.string(),
          fmt::join(weight.sizes(), ", "), fmt::join(bias.sizes(), ", "));
  return {weight, bias};
}

}  // namespace dinobench
