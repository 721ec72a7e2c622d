// Filling one batch row by row: decode, make the views, normalise. Internal to the loader.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "data/loader.hpp"

namespace dinobench {

/// A batch under way. Several threads may fill different rows at once; each writes only to its own.
struct PendingBatch {
  BatchPlan plan;
  Batch batch;
  std::vector<char> dropped;  // [B] rows whose image could not be read
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
      : dataset_(dataset), views_(std::move(views)), config_(config) {}

  /// A batch with room for its values.
  std::unique_ptr<PendingBatch> prepare(BatchPlan plan) const;

  /// Fills one row; returns the samples that could not be read on the way.
  std::vector<int64_t> fill(PendingBatch& pending, int64_t row) const;

 private:
  Rng rng_of(uint64_t epoch, int64_t sample, size_t view) const;
  Image decode(uint64_t epoch, int64_t sample) const;
  bool read(uint64_t epoch, int64_t& sample, Image& image, std::vector<int64_t>& unreadable) const;
  void make_views(const Image& image, uint64_t epoch, int64_t sample, size_t row, Batch& out) const;

  const Dataset& dataset_;
  const std::vector<View> views_;
  const LoaderConfig config_;
};

}  // namespace dinobench
