// Training batches from a data set.
#include <ATen/Functions.h>
#include <ATen/ops/from_blob.h>

#include "backbones/device_copy.hpp"
#include "backbones/kernel_call.hpp"
#include "core/error.hpp"
#include "train/batch_source.hpp"
#include "train/device_views.hpp"

namespace dinobench {
namespace loader_source {
namespace {

/// Takes the block's memory over instead of copying it: [B, 3, height, width].
at::Tensor view_tensor(ViewBlock block, int64_t rows) {
  auto values = std::make_shared<std::vector<float>>(std::move(block.values));
  float* data = values->data();
  return at::from_blob(
      data, {rows, 3, block.height, block.width}, [values](void*) {}, at::kFloat);
}

template <class Element>
std::vector<Element> share(const std::vector<Element>& values, int64_t part, int64_t parts) {
  const auto length = static_cast<std::ptrdiff_t>(values.size()) / parts;
  return {values.begin() + part * length, values.begin() + (part + 1) * length};
}

BatchPlan part_of(const BatchPlan& whole, int64_t part, int64_t parts) {
  return {whole.epoch, share(whole.samples, part, parts), share(whole.epochs, part, parts)};
}

/// Whether the loader's threads only decode and draw, and a kernel makes the same bytes of it.
bool made_on_device(const std::vector<View>& views, const SourceConfig& config) {
  return has_kernels(config.device) && config.dtype == at::kFloat && packable(views);
}

LoaderConfig packing(LoaderConfig loader, bool pack) {
  loader.pack = pack;
  return loader;
}

class LoaderSource final : public BatchSource {
 public:
  LoaderSource(const Dataset& dataset, std::vector<View> views, const LoaderConfig& loader,
               const SourceConfig& config)
      : dataset_(dataset),
        config_(config),
        packed_(made_on_device(views, config)),
        loader_(dataset, std::move(views), planner(dataset.size(), config),
                packing(loader, packed_)),
        feed_(config.device, [this](DeviceCopy& copy) { return fetch(copy); }) {}

  StepBatch next() override {
    auto batch = feed_.next();
    if (!batch) fail_run("the loader ended before the training did");
    return std::move(*batch);
  }
  std::string name_of(int64_t sample) const override {
    return dataset_.samples[static_cast<size_t>(sample)].id;
  }
  int64_t skipped() const override { return loader_.skipped(); }
  LoaderTimes times() const override { return loader_.times(); }

 private:
  static Loader::Planner planner(int64_t size, const SourceConfig& config) {
    return [size, config](int64_t n) -> std::optional<BatchPlan> {
      const int64_t step = config.first_step + n / config.parts;
      if (step >= config.stop) return std::nullopt;
      const BatchPlan whole = training_plan(size, config.global_batch, config.steps_per_epoch, step,
                                            config.rank, config.world);
      return part_of(whole, n % config.parts, config.parts);
    };
  }

  std::optional<StepBatch> fetch(DeviceCopy& copy) {
    auto batch = loader_.next();
    if (!batch) return std::nullopt;
    StepBatch out;
    const int64_t rows = batch->size();
    if (packed_) {
      out.views = make_views(*batch, copy);
    } else {
      for (ViewBlock& block : batch->views)
        out.views.push_back(copy.start(view_tensor(std::move(block), rows), config_.dtype));
    }
    out.labels = copy.start(at::tensor(batch->labels, at::kLong), at::kLong);
    out.samples = std::move(batch->samples);
    return out;
  }

  /// On the copies' stream, so beside the step before.
  std::vector<at::Tensor> make_views(Batch& batch, DeviceCopy& copy) const {
    const at::Tensor buffer = copy.start(buffer_of(batch.packed), at::kByte);
    const at::Tensor values =
        copy.beside([&] { return make_device_views(batch.packed, buffer, config_.dtype); });
    std::vector<at::Tensor> out;
    int64_t place = 0;
    for (const ViewBlock& block : batch.views) {
      const int64_t count = batch.size() * 3 * block.height * block.width;
      out.push_back(
          values.narrow(0, place, count).view({batch.size(), 3, block.height, block.width}));
      place += count;
    }
    return out;
  }

  const Dataset& dataset_;
  SourceConfig config_;
  bool packed_;
  Loader loader_;
  DeviceFeed<StepBatch> feed_;  // on a GPU one batch ahead of the training
};

}  // namespace
}  // namespace loader_source

std::unique_ptr<BatchSource> make_loader_source(const Dataset& dataset, std::vector<View> views,
                                                const LoaderConfig& loader,
                                                const SourceConfig& config) {
  return std::make_unique<loader_source::LoaderSource>(dataset, std::move(views), loader, config);
}

}  // namespace dinobench
