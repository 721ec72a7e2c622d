// Training batches from a data set.
#include <ATen/Functions.h>
#include <ATen/ops/from_blob.h>

#include "backbones/device_copy.hpp"
#include "core/error.hpp"
#include "train/batch_source.hpp"

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

class LoaderSource final : public BatchSource {
 public:
  LoaderSource(const Dataset& dataset, std::vector<View> views, const LoaderConfig& loader,
               const SourceConfig& config)
      : dataset_(dataset),
        config_(config),
        loader_(dataset, std::move(views), planner(dataset.size(), config), loader),
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
    for (ViewBlock& block : batch->views)
      out.views.push_back(copy.start(view_tensor(std::move(block), rows), config_.dtype));
    out.labels = copy.start(at::tensor(batch->labels, at::kLong), at::kLong);
    out.samples = std::move(batch->samples);
    return out;
  }

  const Dataset& dataset_;
  SourceConfig config_;
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
