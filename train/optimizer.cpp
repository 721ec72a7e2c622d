// What all optimisers share: groups, who takes part in a step, and torch's state layout.
#include "train/optimizer.hpp"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include "core/error.hpp"

namespace dinobench {

bool is_decayed(const std::string& name, const at::Tensor& parameter) {
  return parameter.dim() != 1 && !name.ends_with(".bias");
}

Optimizer::Optimizer(const NamedTensors& parameters) {
  for (const auto& [name, parameter] : parameters) {
    groups_[is_decayed(name, parameter) ? 0 : 1].push_back({name, parameter, {}, {}});
  }
}

void Optimizer::begin(Slot& slot) const {
  for (size_t i = 0; i < buffer_names().size(); ++i) {
    slot.buffers.push_back(at::zeros_like(slot.parameter));
  }
  slot.count = at::zeros({}, slot.parameter.options().dtype(at::kFloat).requires_grad(false));
}

void Optimizer::step(double learning_rate, double weight_decay,
                     const std::function<bool(const std::string&)>& absent) {
  const c10::NoGradGuard no_grad;
  note(learning_rate, weight_decay);
  std::array<Lists, 2> groups;
  for (Lists& lists : groups) lists.buffers.resize(buffer_names().size());
  for (const Part& part : taking_part(absent)) {
    Lists& lists = groups[part.decayed ? 0 : 1];
    lists.parameters.push_back(part.parameter);
    lists.gradients.push_back(part.parameter.grad());
    lists.counts.push_back(part.count);
    for (size_t i = 0; i < part.buffers.size(); ++i) lists.buffers[i].push_back(part.buffers[i]);
  }
  for (size_t group = 0; group < groups.size(); ++group) {
    Lists& lists = groups[group];
    if (lists.parameters.empty()) continue;
    if (counts_steps()) at::_foreach_add_(lists.counts, 1);
    update(lists, learning_rate, group == 0 ? weight_decay : 0.0);
  }
}

std::vector<Optimizer::Part> Optimizer::taking_part(
    const std::function<bool(const std::string&)>& absent) {
  const c10::NoGradGuard no_grad;
  std::vector<Part> out;
  for (size_t group = 0; group < groups_.size(); ++group)
    for (Slot& slot : groups_[group]) {
      if (absent(slot.name)) continue;
      if (slot.buffers.empty()) begin(slot);
      out.push_back({slot.name, slot.parameter, slot.count, slot.buffers, group == 0});
    }
  return out;
}

Value Optimizer::slot_state(const Slot& slot, const ToData& data) const {
  Value state = Value::dict();
  if (counts_steps()) state.set("step", data(slot.count));
  for (size_t i = 0; i < slot.buffers.size(); ++i) {
    state.set(buffer_names()[i], data(slot.buffers[i]));
  }
  return state;
}

Value Optimizer::state(const ToData& data) const {
  Value states = Value::dict();
  ValueList groups;
  int64_t index = 0;
  for (size_t group = 0; group < groups_.size(); ++group) {
    ValueList numbers;
    for (const Slot& slot : groups_[group]) {
      if (!slot.buffers.empty()) states.set(index, slot_state(slot, data));
      numbers.emplace_back(index++);
    }
    Value described = Value::dict();
    described.set("lr", learning_rate_);
    described.set("weight_decay", group == 0 ? weight_decay_ : 0.0);
    for (const auto& [key, value] : group_constants()) described.set(key, value);
    described.set("params", Value::list(std::move(numbers)));
    groups.push_back(std::move(described));
  }
  Value out = Value::dict();
  out.set("state", std::move(states));
  out.set("param_groups", Value::list(std::move(groups)));
  return out;
}

void Optimizer::load_slot(Slot& slot, const Value& state) const {
  slot.buffers.clear();
  begin(slot);
  const auto fetch = [&](const std::string& key, at::Tensor& into) {
    const Value* found = state.find(key);
    require(found != nullptr,
            "optimizer state of '{}': '{}' is missing; written by another optimizer?", slot.name,
            key);
    const at::Tensor read =
        found->is_tensor() ? to_tensor(found->as_tensor()) : at::scalar_tensor(found->as_double());
    require(read.sizes() == into.sizes(), "optimizer state of '{}': '{}' has shape {}, expected {}",
            slot.name, key, fmt::join(read.sizes(), "x"), fmt::join(into.sizes(), "x"));
    into.copy_(read);
  };
  if (counts_steps()) fetch("step", slot.count);
  for (size_t i = 0; i < slot.buffers.size(); ++i) fetch(buffer_names()[i], slot.buffers[i]);
}

void Optimizer::load_state(const Value& state) {
  const Value* states = state.find("state");
  const Value* described = state.find("param_groups");
  require(
      states != nullptr && described != nullptr && described->as_list().size() == groups_.size(),
      "optimizer state: expected 'state' and {} 'param_groups'", groups_.size());
  std::vector<Slot*> slots;
  for (size_t group = 0; group < groups_.size(); ++group) {
    const Value* numbers = described->as_list()[group].find("params");
    require(numbers != nullptr && numbers->as_list().size() == groups_[group].size(),
            "optimizer state: group {} holds {} parameters, this run has {}", group,
            numbers == nullptr ? 0 : numbers->as_list().size(), groups_[group].size());
    for (Slot& slot : groups_[group]) {
      slot.buffers.clear();
      slots.push_back(&slot);
    }
  }
  for (const auto& [key, value] : states->as_dict()) {
    const int64_t index = key.as_int();
    require(index >= 0 && index < static_cast<int64_t>(slots.size()),
            "optimizer state: parameter {} of {}", index, slots.size());
    load_slot(*slots[static_cast<size_t>(index)], value);
  }
}

std::unique_ptr<Optimizer> make_optimizer(const std::string& name, const NamedTensors& parameters) {
  if (name == "adamw") return make_adamw(parameters);
  if (name == "sgd") return make_sgd(parameters);
  require(name == "lars", "--optimizer '{}': expected adamw, sgd or lars", name);
  return make_lars(parameters);
}

}  // namespace dinobench
