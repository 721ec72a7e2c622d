// What a training of linear probes leaves in the record.
#include <limits>

#include "core/error.hpp"
#include "eval/linear_training.hpp"
#include "eval/metrics.hpp"

namespace dinobench {
namespace linear_report {
namespace {

// Column `probe` of rows of `probes` numbers, times `scale`.
template <class Element>
std::vector<double> column(const std::vector<Element>& rows, int64_t probe, int64_t probes,
                           double scale = 1) {
  std::vector<double> out;
  for (auto at = static_cast<size_t>(probe); at < rows.size(); at += static_cast<size_t>(probes))
    out.push_back(scale * static_cast<double>(rows[at]));
  return out;
}

Array series(std::vector<double> values) {
  const auto length = static_cast<int64_t>(values.size());
  return {{length}, std::move(values)};
}

}  // namespace
}  // namespace linear_report

void ProbeTraining::report(EvaluationRecord& record) const {
  const int64_t leader = journal_.leader(grid_.size());
  const auto at = static_cast<size_t>(leader);
  if (!grid_.finite(leader)) fail_run("linear: every learning rate of --sweep diverged");
  const int64_t n = facts_.val_images;
  keep_answers(val_->ranked[at], data_.val, record);
  record.metrics["best_top1"] = percent_metric(journal_.best_hits[at], n);
  const auto best = journal_.best_predictions.begin() + leader * n;
  record.raw["best_predictions"] = {{n}, std::vector<int64_t>(best, best + n)};
  record.attributes["best_epoch"] = journal_.best_epoch[at];
  record.attributes["lr"] = config_.rates()[at];
  record.attributes["scaled_lr"] = grid_.rates[at];
  record.attributes["bad_images"] =
      journal_.bad_images[0] + data_.val.bad_images + data_.holdout.bad_images;
  report_series(record, leader);
  if (!config_.sweep.empty()) report_sweep(record, leader);
}

void ProbeTraining::report_series(EvaluationRecord& record, int64_t probe) const {
  using linear_report::column;
  using linear_report::series;
  const int64_t probes = grid_.size();
  const double percent = 100 / static_cast<double>(facts_.val_images);
  std::vector<double> rates;
  for (int64_t epoch = 0; epoch < config_.epochs; ++epoch)
    rates.push_back(grid_.rates[static_cast<size_t>(probe)] * annealing(epoch, config_.epochs));
  record.raw["epoch_learning_rate"] = series(std::move(rates));
  record.raw["epoch_train_loss"] = series(column(journal_.train_loss, probe, probes));
  record.raw["validated_epochs"] = {{static_cast<int64_t>(journal_.validated.size())},
                                    journal_.validated};
  record.raw["validated_loss"] = series(column(journal_.val_loss, probe, probes));
  record.raw["validated_top1"] = series(column(journal_.top1, probe, probes, percent));
  record.raw["validated_top5"] = series(column(journal_.top5, probe, probes, percent));
}

void ProbeTraining::report_sweep(EvaluationRecord& record, int64_t leader) const {
  const int64_t probes = grid_.size(), n = facts_.holdout_images;
  std::vector<int64_t> answers;
  for (int64_t p = 0; p < probes; ++p) {
    const std::vector<int64_t> own = holdout_->predictions(p, data_.holdout);
    answers.insert(answers.end(), own.begin(), own.end());
    if (!grid_.finite(p))
      context_.console.warn(
          fmt::format("linear: learning rate {} diverged", config_.sweep[static_cast<size_t>(p)]));
  }
  std::vector<double> shares;
  for (const int64_t hits : holdout_->hits())
    shares.push_back(100 * static_cast<double>(hits) / static_cast<double>(n));
  record.metrics["holdout_top1"] = percent_metric(holdout_->hits()[static_cast<size_t>(leader)], n);
  record.raw["sweep_lr"] = linear_report::series(config_.sweep);
  record.raw["sweep_holdout_top1"] = linear_report::series(std::move(shares));
  record.raw["sweep_predictions"] = {{probes, n}, std::move(answers)};
  record.raw["sweep_train_loss"] = {{config_.epochs, probes}, journal_.train_loss};
  record.raw["holdout_labels"] = {{n}, data_.holdout.labels};
  record.raw["holdout_paths"] = {{n}, data_.holdout.ids};
}

}  // namespace dinobench
