// Writing and reading of training checkpoints.
#include "train/checkpoint.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_set>

#include "core/error.hpp"
#include "core/numbers.hpp"
#include "core/torch_file.hpp"

namespace dinobench {
namespace checkpoint {
namespace {

constexpr std::string_view kWrapper = "module.";

Value word_value(const std::string& word) {
  if (word == "true" || word == "false") return word == "true";
  if (!looks_like_number(word)) return word;
  const bool whole = word.find_first_not_of("+-0123456789") == std::string::npos;
  return whole && word.size() < 18 ? Value(parse_int(word, "option"))
                                   : Value(parse_double(word, "option"));
}

Value text_value(const std::string& text) {
  ValueList items;
  bool numbers = true;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    numbers = numbers && looks_like_number(word);
    if (!word.empty()) items.push_back(word_value(word));
    begin = end + 1;
  }
  if (items.size() == 1) return items.front();
  return numbers && !items.empty() ? Value::list(std::move(items)) : Value(text);
}

/// Canonical text of an argument, whichever program wrote it: 3 and 3.0 are the same.
std::string shown(const Value& value) {
  if (std::holds_alternative<bool>(value.data))
    return std::get<bool>(value.data) ? "true" : "false";
  if (std::holds_alternative<int64_t>(value.data)) return fmt::format("{}", value.as_int());
  if (std::holds_alternative<double>(value.data)) return fmt::format("{}", value.as_double());
  if (std::holds_alternative<std::string>(value.data)) return value.as_text();
  if (!std::holds_alternative<std::shared_ptr<ValueList>>(value.data)) return "None";
  std::vector<std::string> words;
  for (const Value& item : value.as_list()) words.push_back(shown(item));
  return fmt::format("{}", fmt::join(words, " "));
}

NamedTensors without_wrapper(const NamedTensors& tensors) {
  NamedTensors out;
  for (const auto& [name, tensor] : tensors) {
    const bool wrapped = name.starts_with(kWrapper);
    out.emplace_back(wrapped ? name.substr(kWrapper.size()) : name, tensor);
  }
  return out;
}

const Value& entry(const Value& file, const std::string& key, const std::string& path) {
  const Value* found = file.find(key);
  require(found != nullptr, "{}: no '{}' in this checkpoint", path, key);
  return *found;
}

/// Where the parameters lie. Buffers are not among them: a forward pass moves running statistics.
std::unordered_set<const void*> changed_by_steps_alone(Method& method) {
  std::unordered_set<const void*> out;
  for (const NamedTensors& parameters : {method.parameters(), method.teacher_parameters()})
    for (const auto& [name, tensor] : parameters) out.insert(tensor.const_data_ptr());
  return out;
}

void load_part(const CheckpointPart& part, const Value& file, const std::string& path) {
  load_state(without_wrapper(part.tensors),
             without_wrapper(from_value(entry(file, part.key, path))), path + ": " + part.key);
}

void compare_arguments(const Value& then, const CheckpointFacts& now, const std::string& path) {
  std::vector<std::string> differences;
  for (const std::string& name : now.compared) {
    const Value* before = then.find(name);
    const Value* after = now.args.find(name);
    if (before == nullptr || after == nullptr || shown(*before) == shown(*after)) continue;
    differences.push_back(
        fmt::format("--{} was {}, is now {}", name, shown(*before), shown(*after)));
  }
  require(differences.empty(),
          "{} is of a run with other settings ({}); give the same, or another --output_dir", path,
          fmt::join(differences, "; "));
}

}  // namespace
}  // namespace checkpoint

Value arguments_value(const std::map<std::string, std::string>& options) {
  Value out = Value::dict();
  for (const auto& [name, text] : options) out.set(name, checkpoint::text_value(text));
  return out;
}

Value checkpoint_value(Method& method, const Optimizer& optimizer, const CheckpointFacts& facts,
                       Snapshot& snapshot) {
  const auto steady = checkpoint::changed_by_steps_alone(method);
  Value file = Value::dict();
  for (const CheckpointPart& part : method.checkpoint_parts()) {
    const std::string prefix(part.key == "student" ? checkpoint::kWrapper : "");
    Value tensors = Value::dict();
    for (const auto& [name, tensor] : checkpoint::without_wrapper(part.tensors))
      tensors.set(prefix + name, steady.contains(tensor.const_data_ptr()) ? snapshot.later(tensor)
                                                                          : to_data(tensor));
    file.set(part.key, std::move(tensors));
  }
  file.set("optimizer", optimizer.state([&](const at::Tensor& t) { return snapshot.later(t); }));
  if (facts.scaler != nullptr && facts.scaler->on()) file.set("fp16_scaler", facts.scaler->state());
  file.set("epoch", facts.at.epoch());
  file.set("step", facts.at.step);
  file.set("args", facts.args);
  return file;
}

void save_checkpoint(const std::filesystem::path& path, Method& method, const Optimizer& optimizer,
                     const CheckpointFacts& facts) {
  Snapshot snapshot;
  save_torch_file(checkpoint_value(method, optimizer, facts, snapshot), path);
}

std::optional<FoundCheckpoint> find_checkpoint(const std::filesystem::path& folder,
                                               Console& console) {
  std::string problems;
  for (const char* name : {checkpoint_name, previous_checkpoint_name}) {
    const auto path = folder / name;
    if (!std::filesystem::exists(path)) continue;
    try {
      FoundCheckpoint found{path, load_torch_file(path)};
      if (!problems.empty())
        console.warn(fmt::format("{}; the one before it is used: {}", problems, path.string()));
      return found;
    } catch (const Error& error) {
      problems +=
          fmt::format("{}damaged checkpoint: {}", problems.empty() ? "" : "; ", error.what());
    }
  }
  require(problems.empty(), "{}; no whole checkpoint is left in {}: remove them to start anew",
          problems, folder.string());
  return {};
}

int64_t load_checkpoint(const FoundCheckpoint& found, Method& method, Optimizer& optimizer,
                        const CheckpointFacts& facts) {
  const auto& [path, file] = found;
  require(file.is_dict(), "{}: not a training checkpoint (expected a dict)", path.string());
  if (const Value* args = file.find("args"); args != nullptr && args->is_dict()) {
    checkpoint::compare_arguments(*args, facts, path.string());
  }
  const Value& optimizer_state = checkpoint::entry(file, "optimizer", path.string());
  for (const CheckpointPart& part : method.checkpoint_parts()) {
    checkpoint::load_part(part, file, path.string());
  }
  optimizer.load_state(optimizer_state);
  const Value* scaling = file.find("fp16_scaler");
  if (facts.scaler != nullptr && scaling != nullptr) facts.scaler->load_state(*scaling);
  if (const Value* step = file.find("step")) return step->as_int();
  return checkpoint::entry(file, "epoch", path.string()).as_int() * facts.at.steps_per_epoch;
}

void load_initial_weights(const std::filesystem::path& path, Method& method) {
  const Value file = load_torch_file(path);
  require(file.is_dict(), "--init_from {}: not a training checkpoint (expected a dict)",
          path.string());
  for (const CheckpointPart& part : method.checkpoint_parts()) {
    if (part.key != "student" && part.key != "teacher") continue;
    checkpoint::load_part(part, file, "--init_from " + path.string());
  }
}

void keep_copy(const std::filesystem::path& path, const std::filesystem::path& copy) {
  const std::filesystem::path temporary = copy.string() + ".part";
  std::error_code error;
  std::filesystem::remove(temporary, error);
  std::filesystem::create_hard_link(path, temporary, error);
  if (error) std::filesystem::copy_file(path, temporary, error);
  if (!error) std::filesystem::rename(temporary, copy, error);
  if (error) fail_run("cannot keep {} as {}: {}", path.string(), copy.string(), error.message());
}

}  // namespace dinobench
