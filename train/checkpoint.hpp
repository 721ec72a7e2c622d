// checkpoint.pth: everything a run needs to go on, under the reference's keys.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/console.hpp"
#include "core/pickle_value.hpp"
#include "methods/method.hpp"
#include "train/grad_scaler.hpp"
#include "train/optimizer.hpp"
#include "train/snapshot.hpp"

namespace dinobench {

/// Options as a dict of Python values: "true" becomes a bool, "3" an int, "0.5" a float, "0.4 1" a
/// list; all else stays text.
Value arguments_value(const std::map<std::string, std::string>& options);

/// What a checkpoint holds besides weights.
struct CheckpointFacts {
  Progress at;                        // `epoch` in the file is at.epoch(): the next one to run
  Value args;                         // arguments_value() of all options
  std::vector<std::string> compared;  // names in args that a resumed run must share
  GradScaler* scaler = nullptr;       // its state is 'fp16_scaler', as in the reference
};

struct FoundCheckpoint {
  std::filesystem::path path;
  Value file;
};

/// The newest whole checkpoint of a run: checkpoint.pth or, where that is missing or damaged (by
/// structure or checksum; a warning names it), checkpoint_previous.pth. Nothing where neither is
/// there; an input Error where none is whole.
std::optional<FoundCheckpoint> find_checkpoint(const std::filesystem::path& folder,
                                               Console& console);

/// Writes the method's parts, 'optimizer', 'epoch', 'step' and 'args', atomically
/// (core/torch_file). Names under 'student' carry "module.", as from the reference's distributed
/// wrapper.
void save_checkpoint(const std::filesystem::path& path, Method& method, const Optimizer& optimizer,
                     const CheckpointFacts& facts);

/// What save_checkpoint() hands to save_torch_file(). Tensors that change in the optimiser's step
/// alone are left to `snapshot`; all others are copied.
Value checkpoint_value(Method& method, const Optimizer& optimizer, const CheckpointFacts& facts,
                       Snapshot& snapshot);

/// Loads weights and optimiser; returns the step to go on from. "module." is optional in the file.
/// Without 'step' (the reference's own files) it is epoch * steps_per_epoch. Input Error, before
/// anything is loaded, if an option of facts.compared was different then: all differences are
/// named.
int64_t load_checkpoint(const FoundCheckpoint& found, Method& method, Optimizer& optimizer,
                        const CheckpointFacts& facts);

/// Loads 'student' and 'teacher' alone, those of them that the method has (--init_from).
void load_initial_weights(const std::filesystem::path& path, Method& method);

/// Names of the two in a run's folder.
constexpr const char* checkpoint_name = "checkpoint.pth";
constexpr const char* previous_checkpoint_name = "checkpoint_previous.pth";

/// Gives `copy` the content of `path` as it is now, without writing it again where the file system
/// links.
void keep_copy(const std::filesystem::path& path, const std::filesystem::path& copy);

}  // namespace dinobench
