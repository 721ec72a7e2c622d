// From the root of a checkpoint down to a dict of tensors.
#include "backbones/weight_part.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/weight_file.hpp"

namespace dinobench {
namespace weight_part {
namespace {

// What others wrap a state dict in.
constexpr std::array wrappers{"model", "state_dict", "model_state_dict", "network", "checkpoint"};
constexpr int most_levels = 4;

bool is_flat(const Value& value) {
  const ValueDict& entries = value.as_dict();
  return !entries.empty() && std::all_of(entries.begin(), entries.end(), [](const auto& entry) {
    return entry.second.is_tensor();
  });
}

std::string key_list(const Value& root) {
  constexpr size_t shown = 12;
  std::vector<std::string> names;
  for (const auto& [key, value] : root.as_dict())
    if (const auto* text = std::get_if<std::string>(&key.data)) names.push_back(*text);
  const bool all = names.size() <= shown;
  if (!all) names.resize(shown);
  return fmt::format("{}{}", fmt::join(names, ", "), all ? "" : " ...");
}

// Training checkpoints of this program say what made them.
std::string method_of(const Value& root) {
  const Value* arguments = root.find("args");
  const Value* method =
      arguments != nullptr && arguments->is_dict() ? arguments->find("method") : nullptr;
  const auto* text = method == nullptr ? nullptr : std::get_if<std::string>(&method->data);
  return text == nullptr ? "pretrained" : *text;
}

struct Place {
  const Value* dict;
  std::vector<std::string> trail;  // keys that lead there
};

// One level down, by the first of these keys that holds a dict; false if none does.
bool descend(Place& place, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    const Value* inner = place.dict->find(key);
    if (inner == nullptr || !inner->is_dict()) continue;
    place.dict = inner;
    place.trail.push_back(key);
    return true;
  }
  return false;
}

}  // namespace
}  // namespace weight_part

WeightPart read_weight_part(const std::string& path, const std::string& key, bool key_given,
                            Console& console) {
  using namespace weight_part;
  const Value root = load_weight_file(path);
  require(root.is_dict(), "{}: expected a dict of tensors or a training checkpoint", path);
  std::vector<std::string> keys{key};
  if (!key_given) keys.emplace_back("student");
  keys.insert(keys.end(), wrappers.begin(), wrappers.end());
  Place place{&root, {}};
  for (int level = 0; level < most_levels && !is_flat(*place.dict); ++level)
    if (!descend(place, keys)) break;
  const bool found = std::find(place.trail.begin(), place.trail.end(), key) != place.trail.end();
  require(is_flat(*place.dict) && (found || !key_given || place.trail.empty()),
          "{}: no key '{}' (--checkpoint_key) that holds tensors among {}", path, key,
          key_list(found ? *place.dict : root));
  const std::string trail = fmt::format("{}", fmt::join(place.trail, "."));
  if (!found && !place.trail.empty())
    console.line(fmt::format("{} has no {}: its {} is taken", path, key, trail));
  return {from_value(*place.dict), trail, method_of(root)};
}

}  // namespace dinobench
