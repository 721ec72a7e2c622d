// Linear probes on disk, as the reference keeps them.
#pragma once

#include <filesystem>
#include <utility>

#include "eval/linear_journal.hpp"

namespace dinobench {

/// folder/checkpoint.pth.tar, read by torch.load: epoch, state_dict (module.linear.*), optimizer,
/// scheduler and best_acc as the reference writes them, of the leading probe; settings and history
/// beside them, and all probes of a sweep. folder/log.txt: probe_log(). Both are replaced whole.
void save_probes(const std::filesystem::path& folder, const ProbeGrid& grid,
                 const ProbeJournal& journal, const ProbeRun& run);

/// Loads what save_probes wrote; false if there is no checkpoint. Input Error if it is of other
/// settings (all differences are named) or of another program.
bool load_probes(const std::filesystem::path& folder, ProbeGrid& grid, ProbeJournal& journal,
                 const ProbeRun& run);

/// weight [labels, D] and bias [labels] of a file whose 'state_dict' (or which itself) holds
/// module.linear.weight and module.linear.bias: the released linear weights, or a
/// checkpoint.pth.tar.
std::pair<at::Tensor, at::Tensor> load_linear_weights(const std::filesystem::path& path);

}  // namespace dinobench
