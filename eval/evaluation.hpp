// An evaluation judges a frozen backbone by one protocol and fills one /eval/<name> of the record.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "backbones/backbone.hpp"
#include "comm/run_context.hpp"
#include "core/registry.hpp"

namespace dinobench {

struct FrozenModel {
  std::shared_ptr<Backbone> backbone;  // eval mode, on the context's device
  std::string arch;
  std::optional<LinearClassifier> classifier = {};  // of a supervised network
};

/// Marks what has no figures here, and why: status "not_applicable" and its reason, which the
/// commands print. Raw answers may be there all the same.
inline void not_applicable(EvaluationRecord& record, const std::string& reason) {
  record.attributes["status"] = std::string("not_applicable");
  record.attributes["reason"] = reason;
}

/// Settings are read once, before anything runs, so that a misspelt option costs nothing.
class Evaluation {
 public:
  virtual ~Evaluation() = default;
  /// Looks at the data and throws what run() would throw about them: so that a missing folder is
  /// found before the training that comes first. Touches nothing.
  virtual void check() {}
  /// Whether run() needs a backbone (not if it reads features from a file).
  virtual bool needs_model() const { return true; }
  virtual EvaluationRecord run(const FrozenModel& model,
                               RunContext& context) = 0;  ///< called on every rank
};

struct EvaluationEntry {
  std::string name, summary, source;
  std::string protocol;  // versioned id, e.g. "knn-v1"
  std::unique_ptr<Evaluation> (*make)(Options& options, const std::string& data_path);
  std::string arch = "vit_small";  // what the reference's script judges by default
  int64_t patch_size = 16;
  static const char* kind() { return "evaluation"; }
};
using Evaluations = Registry<EvaluationEntry>;

}  // namespace dinobench
