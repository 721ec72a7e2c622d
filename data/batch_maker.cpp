// The work behind one row of a batch, and what an unreadable image does to it.
#include "data/batch_maker.hpp"

#include <algorithm>
#include <chrono>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/decode_part.hpp"

namespace dinobench {
namespace {

using Clock = std::chrono::steady_clock;

int64_t nanoseconds(Clock::duration time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

}  // namespace

void PendingBatch::remove_dropped() {
  for (size_t row = dropped.size(); row-- > 0;) {
    if (dropped[row] == 0) continue;
    const auto at = static_cast<std::ptrdiff_t>(row);
    for (ViewBlock& block : batch.views) {
      if (block.values.empty()) continue;
      const std::ptrdiff_t size = 3 * block.height * block.width;
      block.values.erase(block.values.begin() + at * size, block.values.begin() + (at + 1) * size);
    }
    batch.samples.erase(batch.samples.begin() + at);
    batch.labels.erase(batch.labels.begin() + at);
  }
}

std::unique_ptr<PendingBatch> BatchMaker::prepare(BatchPlan plan) const {
  const size_t rows = plan.samples.size();
  require(plan.epochs.empty() || plan.epochs.size() == rows,
          "loader: {} samples but {} epochs in a plan", rows, plan.epochs.size());
  for (const int64_t sample : plan.samples) {
    require(sample >= 0 && sample < dataset_.size(), "loader: sample {} of {}", sample,
            dataset_.size());
  }
  auto made = std::make_unique<PendingBatch>();
  made->batch.samples = plan.samples;
  made->batch.labels.resize(rows, -1);
  made->dropped.resize(rows, 0);
  made->images.resize(config_.pack ? rows : 0);
  made->drawn.resize(config_.pack ? rows : 0);
  for (const View& view : views_) {
    require(view.height > 0 || rows == 1,
            "loader: {} images in a batch of a view without a fixed size, expected 1", rows);
    const size_t size = config_.pack ? 0 : static_cast<size_t>(3 * view.height * view.width);
    made->batch.views.push_back({view.height, view.width, std::vector<float>(rows * size)});
  }
  made->plan = std::move(plan);
  return made;
}

Rng BatchMaker::rng_of(uint64_t epoch, int64_t sample, size_t view) const {
  return {config_.seed, "view", {epoch, static_cast<uint64_t>(sample), view}};
}

/// An image with all that its views read, or what the sample's part has of it.
Image BatchMaker::decode(uint64_t epoch, int64_t sample) const {
  const std::optional<Box>& part = dataset_.samples[static_cast<size_t>(sample)].part;
  if (!part) {
    const std::filesystem::path path = dataset_.path(sample);
    const std::string content = read_file(path);
    return decode_part(std::as_bytes(std::span(content)), path.string(),
                       [&](int64_t width, int64_t height) {
                         return reads_of(views_, width, height,
                                         [&](size_t view) { return rng_of(epoch, sample, view); });
                       });
  }
  const Image image = decode_image(dataset_.path(sample));
  const int64_t left = std::max<int64_t>(part->left, 0), top = std::max<int64_t>(part->top, 0);
  const int64_t right = std::min(part->left + part->width, image.width);
  const int64_t bottom = std::min(part->top + part->height, image.height);
  require(left < right && top < bottom,
          "{}: nothing of the part of {} x {} pixels at ({}, {}) is inside its {} x {} pixels",
          dataset_.path(sample).string(), part->width, part->height, part->left, part->top,
          image.width, image.height);
  return crop(image, {left, top, right - left, bottom - top});
}

/// Reads a sample, or under `skip` the next readable one; false if the row is to be dropped.
bool BatchMaker::read(uint64_t epoch, int64_t& sample, Image& image,
                      std::vector<int64_t>& unreadable) const {
  for (int64_t attempt = 0; attempt < dataset_.size(); ++attempt) {
    try {
      image = decode(epoch, sample);
      return true;
    } catch (const Error&) {
      if (config_.on_bad_image == OnBadImage::fail) throw;
      unreadable.push_back(sample);
      if (config_.on_bad_image == OnBadImage::drop) return false;
      sample = (sample + 1) % dataset_.size();
    }
  }
  fail("'{}': not one of its {} images can be read", dataset_.root.string(), dataset_.size());
}

void BatchMaker::make_views(const Image& image, uint64_t epoch, int64_t sample, size_t row,
                            Batch& out) const {
  for (size_t v = 0; v < views_.size(); ++v) {
    Rng rng = rng_of(epoch, sample, v);
    const Image view = views_[v].make(image, rng);
    ViewBlock& block = out.views[v];
    const size_t size = static_cast<size_t>(3 * view.width * view.height);
    if (views_[v].height == 0) {  // the only row: the block takes its size
      block = {view.height, view.width, std::vector<float>(size)};
    }
    require(view.width == block.width && view.height == block.height,
            "{}: view {} is {} x {}, not {} x {}", dataset_.path(sample).string(), v, view.width,
            view.height, block.width, block.height);
    normalize(view, block.values.data() + row * size);
  }
}

void BatchMaker::draw_views(Image image, uint64_t epoch, int64_t sample, size_t row,
                            PendingBatch& out) const {
  for (size_t v = 0; v < views_.size(); ++v) {
    Rng rng = rng_of(epoch, sample, v);
    out.drawn[row].push_back(views_[v].draw(image.width, image.height, rng));
  }
  out.images[row] = std::move(image);
}

void BatchMaker::finish(PendingBatch& pending) const {
  const auto started = Clock::now();
  pending.remove_dropped();
  if (!config_.pack) return;
  std::vector<ViewRequest> requests;
  for (size_t v = 0; v < views_.size(); ++v) {
    for (size_t row = 0; row < pending.images.size(); ++row) {
      if (pending.dropped[row] != 0) continue;
      requests.push_back(
          {&pending.images[row], pending.drawn[row][v], views_[v].width, views_[v].filter});
    }
  }
  pending.batch.packed = pack_views(requests);
  pending.images.clear();
  augmenting_ += nanoseconds(Clock::now() - started);
}

std::vector<int64_t> BatchMaker::fill(PendingBatch& pending, int64_t at) const {
  const auto row = static_cast<size_t>(at);
  int64_t sample = pending.plan.samples[row];
  std::vector<int64_t> unreadable;
  Image image;
  const auto started = Clock::now();
  const bool readable = read(pending.epoch_of(row), sample, image, unreadable);
  const auto decoded = Clock::now();
  decoding_ += nanoseconds(decoded - started);
  if (!readable) {
    pending.dropped[row] = 1;
    return unreadable;
  }
  if (config_.pack) {
    draw_views(std::move(image), pending.epoch_of(row), sample, row, pending);
  } else {
    make_views(image, pending.epoch_of(row), sample, row, pending.batch);
  }
  augmenting_ += nanoseconds(Clock::now() - decoded);
  pending.batch.samples[row] = sample;
  pending.batch.labels[row] = dataset_.samples[static_cast<size_t>(sample)].label;
  return unreadable;
}

}  // namespace dinobench
