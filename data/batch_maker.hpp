// Filling one batch row by row: decode, make the views, normalise; or decode and draw, and pack in
// the end. Internal to the loader.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "core/error.hpp"
#include "data/loader.hpp"

namespace dinobench {

/// A batch under way. Several threads may fill different rows at once; each writes only to its own.
struct PendingBatch {
  BatchPlan plan;
  Batch batch;
  std::vector<char> dropped;                  // [B] rows whose image could not be read
  std::vector<Image> images;                  // [B] of views that are packed
  std::vector<std::vector<DrawnView>> drawn;  // [B][V] likewise
  int64_t rows() const { return static_cast<int64_t>(plan.samples.size()); }
  uint64_t epoch_of(size_t row) const {
    return plan.epochs.empty() ? plan.epoch : plan.epochs[row];
  }

  /// Takes the dropped rows out of the batch.
  void remove_dropped();
};

class BatchMaker {
 public:
  BatchMaker(const Dataset& dataset, std::vector<View> views, const LoaderConfig& config)
      : dataset_(dataset), views_(std::move(views)), config_(config) {
    require(!config.pack || packable(views_), "loader: views that cannot be packed");
  }

  /// A batch with room for its values.
  std::unique_ptr<PendingBatch> prepare(BatchPlan plan) const;

  /// Fills one row; returns the samples that could not be read on the way.
  std::vector<int64_t> fill(PendingBatch& pending, int64_t row) const;

  /// After the last row: takes dropped rows out, packs what was drawn.
  void finish(PendingBatch& pending) const;

  /// What fill() took so far, in all threads.
  LoaderTimes times() const {
    return {1e-9 * static_cast<double>(decoding_), 1e-9 * static_cast<double>(augmenting_),
            config_.pack};
  }

 private:
  Rng rng_of(uint64_t epoch, int64_t sample, size_t view) const;
  Image decode(uint64_t epoch, int64_t sample) const;
  bool read(uint64_t epoch, int64_t& sample, Image& image, std::vector<int64_t>& unreadable) const;
  void make_views(const Image& image, uint64_t epoch, int64_t sample, size_t row, Batch& out) const;
  void draw_views(Image image, uint64_t epoch, int64_t sample, size_t row, PendingBatch& out) const;

  const Dataset& dataset_;
  const std::vector<View> views_;
  const LoaderConfig config_;
  mutable std::atomic<int64_t> decoding_{0}, augmenting_{0};  // nanoseconds
};

}  // namespace dinobench
