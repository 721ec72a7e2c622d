// Autocast around the loss, and the loss scale around the gradients.
#include "train/mixed_precision.hpp"

#include "backbones/autocast.hpp"

namespace dinobench {
namespace mixed_precision {
namespace {

// Counted from the series once, so that a resumed run goes on from the earlier steps.
void count_skipped(RunRecord& record, bool skipped) {
  const auto found = record.attributes.find("steps_skipped");
  int64_t count = 0;
  if (found != record.attributes.end()) {
    count = std::get<int64_t>(found->second);
  } else {
    for (const double before : record.train["step_skipped"]) count += before == 1;
  }
  record.attributes["steps_skipped"] = count + (skipped ? 1 : 0);
}

}  // namespace
}  // namespace mixed_precision

at::Tensor mixed_precision_loss(TrainingRun& run, const StepBatch& batch,
                                std::map<std::string, double>& values) {
  const AutocastScope mixed(run.context.device, run.context.precision);
  return run.method->loss(batch, run.at, values);
}

bool unscale_gradients(TrainingRun& run, const std::function<bool(const std::string&)>& absent,
                       std::map<std::string, double>& values) {
  if (!run.scaler->on()) return true;
  values["loss_scale"] = run.scaler->scale();
  std::vector<at::Tensor> looked_at;
  for (const auto& [name, parameter] : run.method->trainable()) {
    if (run.config.clip_grad != 0 || !absent(name)) looked_at.push_back(parameter);
  }
  const bool finite = run.scaler->unscale(looked_at);
  values["step_skipped"] = finite ? 0 : 1;
  mixed_precision::count_skipped(run.context.record, !finite);
  return finite;
}

}  // namespace dinobench
