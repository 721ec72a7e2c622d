// Feature extraction in whole batches, dealt to the ranks in turn.
#include "eval/features.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "backbones/autocast.hpp"
#include "backbones/device_copy.hpp"
#include "core/console.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace feature_extraction {
namespace {

// Which rows of the data set a batch holds.
struct Deal {
  int64_t size, batch_size;
  int rank, world;
  int64_t batches() const { return (size + batch_size - 1) / batch_size; }
  int64_t rounds() const { return (batches() + world - 1) / world; }
  int64_t first(int64_t batch) const { return batch * batch_size; }
  int64_t rows(int64_t batch) const {
    return std::max<int64_t>(0, std::min(batch_size, size - first(batch)));
  }
};

std::optional<BatchPlan> plan_of(const Deal& deal, int64_t n) {
  const int64_t batch = n * deal.world + deal.rank;
  if (batch >= deal.batches()) return std::nullopt;
  BatchPlan plan;
  for (int64_t i = 0; i < deal.rows(batch); ++i) plan.samples.push_back(deal.first(batch) + i);
  return plan;
}

// A batch of this rank with its images on the way to the device; undefined images for an empty one.
struct Ready {
  Batch batch;
  at::Tensor images;
};

std::optional<Ready> fetch(Loader& loader, DeviceCopy& copy, c10::ScalarType dtype) {
  auto batch = loader.next();
  if (!batch) return std::nullopt;
  Ready out{std::move(*batch), {}};
  if (out.batch.size() == 0) return out;
  ViewBlock& view = out.batch.views.at(0);
  const at::Tensor host =
      at::from_blob(view.values.data(), {out.batch.size(), 3, view.height, view.width}, at::kFloat);
  out.images = copy.start(host, dtype);
  return out;
}

at::Tensor rows_of_batch(const Ready& ready, const RowsOf& rows_of, const RunContext& context) {
  if (!ready.images.defined()) return {};
  const AutocastScope mixed(context.device, context.precision);
  const at::Tensor out = rows_of(ready.images);
  const int64_t count = ready.batch.size();
  require(out.dim() == 2 && out.size(0) == count && out.size(1) > 0,
          "{} images gave features of shape [{}], expected [{}, D]", count,
          fmt::join(out.sizes().vec(), ", "), count);
  return out.to(at::kCPU, at::kFloat).contiguous();
}

// What ranks exchange: for each row planned a byte that says whether its image could be read, then
// the features of those that could.
std::vector<std::byte> pack(const Batch& batch, int64_t first, int64_t planned,
                            const at::Tensor& features) {
  std::vector<std::byte> bytes(static_cast<size_t>(planned), std::byte{0});
  for (const int64_t sample : batch.samples)
    bytes.at(static_cast<size_t>(sample - first)) = std::byte{1};
  if (batch.size() == 0) return bytes;
  bytes.resize(bytes.size() + features.nbytes());
  std::memcpy(bytes.data() + planned, features.const_data_ptr(), features.nbytes());
  return bytes;
}

class Gathered {
 public:
  explicit Gathered(int64_t size) : kept_(static_cast<size_t>(size), 0) {}

  void take(std::span<const std::byte> bytes, int64_t first, int64_t planned) {
    if (planned == 0) return;
    const auto flags = bytes.first(static_cast<size_t>(planned));
    const auto values = bytes.subspan(flags.size());
    const auto kept = std::count(flags.begin(), flags.end(), std::byte{1});
    if (kept == 0) return;
    const size_t row_bytes = values.size() / static_cast<size_t>(kept);
    const auto size = static_cast<int64_t>(kept_.size());
    if (!features_.defined())
      features_ = at::empty({size, static_cast<int64_t>(row_bytes / sizeof(float))}, at::kFloat);
    require(row_bytes == static_cast<size_t>(features_.size(1)) * sizeof(float),
            "images of one data set gave features of {} and {} dimensions", features_.size(1),
            row_bytes / sizeof(float));
    auto* out = static_cast<std::byte*>(features_.mutable_data_ptr());
    size_t taken = 0;
    for (int64_t i = 0; i < planned; ++i) {
      if (flags[static_cast<size_t>(i)] == std::byte{0}) continue;
      const auto row = static_cast<size_t>(first + i);
      kept_[row] = 1;
      std::memcpy(out + row * row_bytes, values.data() + taken * row_bytes, row_bytes);
      ++taken;
    }
  }

  FeatureBank finish(const Dataset& dataset) const {
    FeatureBank bank;
    for (int64_t i = 0; i < dataset.size(); ++i) {
      if (kept_[static_cast<size_t>(i)] == 0) continue;
      const Sample& sample = dataset.samples[static_cast<size_t>(i)];
      bank.rows.push_back(i);
      bank.labels.push_back(sample.label);
      bank.ids.push_back(sample.id);
    }
    require(!bank.rows.empty(), "{}: no image could be read", dataset.root.string());
    bank.bad_images = dataset.size() - static_cast<int64_t>(bank.rows.size());
    bank.features =
        bank.bad_images == 0 ? features_ : features_.index_select(0, at::tensor(bank.rows));
    return bank;
  }

 private:
  std::vector<uint8_t> kept_;
  at::Tensor features_;
};

}  // namespace
}  // namespace feature_extraction

void read_on_bad_image(Options& options, std::string& choice) {
  options.choose("on_bad_image", choice, {"fail", "skip"},
                 "an unreadable image ends the run, or is left out and counted");
}

void read_options(Options& options, FeatureConfig& config) {
  options.get("batch_size_per_gpu", config.batch_size, "images of one forward pass");
  options.get("resize_size", config.resize_size,
              "short side after resizing; 0: images are taken as they are");
  options.get("crop_size", config.crop_size, "side of the central crop");
  read_on_bad_image(options, config.on_bad_image);
  require(config.batch_size > 0, "--batch_size_per_gpu {}: expected 1 or more", config.batch_size);
  require(config.crop_size > 0, "--crop_size {}: expected 1 or more", config.crop_size);
  require(config.resize_size == 0 || config.resize_size >= config.crop_size,
          "--resize_size {}: expected 0, or at least --crop_size {}", config.resize_size,
          config.crop_size);
}

FeatureBank extract_rows(const Dataset& dataset, const View& view, int64_t batch_size,
                         const RowsOf& rows_of, const std::string& title,
                         const std::string& on_bad_image, RunContext& context) {
  using feature_extraction::Deal;
  const at::NoGradGuard no_grad;
  const int world = context.comm.size();
  const Deal deal{dataset.size(), batch_size, context.comm.rank(), world};
  Loader loader(dataset, {view},
                [&deal](int64_t n) { return feature_extraction::plan_of(deal, n); },
                {.seed = context.seed,
                 .workers = std::max<int64_t>(1, context.num_workers),
                 .on_bad_image = on_bad_image == "skip" ? OnBadImage::drop : OnBadImage::fail});
  DeviceFeed<feature_extraction::Ready> feed(context.device, [&](DeviceCopy& copy) {
    return feature_extraction::fetch(loader, copy, context.dtype);
  });
  ProgressLine progress(context.console, title, deal.batches(), "img");
  feature_extraction::Gathered gathered(dataset.size());
  for (int64_t round = 0; round < deal.rounds(); ++round) {
    std::vector<std::byte> own;
    const int64_t mine = round * world + deal.rank;
    if (const auto ready = feed.next())
      own = feature_extraction::pack(ready->batch, deal.first(mine), deal.rows(mine),
                                     feature_extraction::rows_of_batch(*ready, rows_of, context));
    const auto all = context.comm.all_gather(own);
    int64_t images = 0, batches = 0;
    for (int rank = 0; rank < world; ++rank) {
      const int64_t batch = round * world + rank, rows = deal.rows(batch);
      gathered.take(all[static_cast<size_t>(rank)], deal.first(batch), rows);
      images += rows;
      batches += rows > 0;
    }
    progress.advance(batches, images);
  }
  return gathered.finish(dataset);
}

FeatureBank extract_features(const Dataset& dataset, const FrozenModel& model,
                             const FeatureConfig& config, const std::string& title,
                             RunContext& context) {
  model.backbone->eval();
  return extract_rows(
      dataset, center_view(config.resize_size, config.crop_size), config.batch_size,
      [&model](const at::Tensor& images) { return model.backbone->forward(images); }, title,
      config.on_bad_image, context);
}

}  // namespace dinobench
