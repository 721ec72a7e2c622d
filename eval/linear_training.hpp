// The training of linear probes on a frozen network's features, epoch by epoch.
#pragma once

#include <optional>
#include <string>

#include "eval/features.hpp"
#include "eval/linear_config.hpp"
#include "eval/linear_journal.hpp"
#include "eval/linear_judge.hpp"

namespace dinobench {

class ProbeStream;

struct ProbeData {
  Dataset train;
  FeatureBank val, holdout;  // holdout is empty without a sweep
  int64_t labels = 0;        // outputs of a probe
  std::string fingerprint;   // of the data
};

/// Trains every probe of config.rates() in one pass, goes on from config.output_dir if there is a
/// checkpoint, and measures accuracy after every val_freq-th epoch and the last. Every rank calls
/// it and holds the same weights after each step.
class ProbeTraining {
 public:
  ProbeTraining(const LinearConfig& config, const ProbeData& data, const FrozenModel& network,
                RunContext& context);
  void run();
  /// Metrics and raw answers of the leading probe after the last epoch. Call after run().
  void report(EvaluationRecord& record) const;

 private:
  void resume();
  void train_epoch(ProbeStream& stream, int64_t epoch, ProgressLine& progress);
  void validate(int64_t epoch);
  void save() const;
  void report_series(EvaluationRecord& record, int64_t probe) const;
  void report_sweep(EvaluationRecord& record, int64_t leader) const;

  const LinearConfig& config_;
  const ProbeData& data_;
  const FrozenModel& network_;
  RunContext& context_;
  ProbeGrid grid_;
  ProbeJournal journal_;
  ProbeRun facts_;
  std::optional<Judgement> val_, holdout_;  // after the last validation
};

}  // namespace dinobench
