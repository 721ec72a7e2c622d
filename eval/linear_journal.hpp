// What a linear probe's training has come to: kept from epoch to epoch, on disk and in the record.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "eval/linear_probe.hpp"

namespace dinobench {

/// Rows are epochs or validations, columns the P probes of the grid.
struct ProbeJournal {
  std::vector<double> train_loss;   // [epochs, P] mean over the epoch's images
  std::vector<int64_t> validated;   // [V] epochs, from 0, after which accuracy was measured
  std::vector<double> val_loss;     // [V, P] mean over the images
  std::vector<int64_t> top1, top5;  // [V, P] hits on the validation set
  std::vector<int64_t> holdout;     // [V, P] hits on the held-out images of a sweep
  std::vector<int64_t> best_hits, best_epoch;  // [P] highest top-1, and the first epoch that had it
  std::vector<int64_t> best_predictions;       // [P, N] then
  std::vector<int64_t> bad_images{0};          // training files that could not be read

  int64_t epochs(int64_t probes) const { return static_cast<int64_t>(train_loss.size()) / probes; }
  /// The probe with most hits on the held-out images after the last validation, the first of
  /// equals.
  int64_t leader(int64_t probes) const;

  /// Calls visit(name, column) for every column, in a fixed order.
  template <class Journal, class Visit>
  static void visit(Journal& journal, Visit visit) {
    visit("train_loss", journal.train_loss);
    visit("validated", journal.validated);
    visit("val_loss", journal.val_loss);
    visit("top1", journal.top1);
    visit("top5", journal.top5);
    visit("holdout", journal.holdout);
    visit("best_hits", journal.best_hits);
    visit("best_epoch", journal.best_epoch);
    visit("best_predictions", journal.best_predictions);
    visit("bad_images", journal.bad_images);
  }
};

/// What a resumed run must share: name and text.
using ProbeSettings = std::vector<std::pair<std::string, std::string>>;

struct ProbeRun {
  int64_t epochs = 0;  // of the whole run
  int64_t val_images = 0, holdout_images = 0;
  ProbeSettings settings;
};

/// log.txt: a JSON object an epoch, with the reference's names (train_loss, train_lr, epoch,
/// test_loss, test_acc1, test_acc5). Lists over the grid for a sweep, and the held-out accuracy it
/// picks by (holdout_acc1) in place of the validation set's. What is not finite is null.
std::string probe_log(const ProbeGrid& grid, const ProbeJournal& journal, const ProbeRun& run);

}  // namespace dinobench
