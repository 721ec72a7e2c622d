// The loop, and what a resumed run must share with the one before.
#include "eval/linear_training.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "backbones/state.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "eval/linear_checkpoint.hpp"
#include "eval/linear_stream.hpp"

namespace dinobench {
namespace linear_training {
namespace {

// Frozen weights by their content, wherever they came from.
std::string digest(const Backbone& network) {
  std::string text;
  for (const auto& [name, tensor] : state_of(network)) {
    const TensorData data = to_data(tensor);
    text += name + " " + sha256_hex(*data.bytes) + "\n";
  }
  return sha256_hex(std::as_bytes(std::span(text)));
}

ProbeSettings settings_of(const LinearConfig& c, const ProbeData& data, const FrozenModel& network,
                          const RunContext& context) {
  return {{"seed", fmt::format("{}", context.seed)},
          {"--epochs", fmt::format("{}", c.epochs)},
          {c.sweep.empty() ? "--lr" : "--sweep", fmt::format("{}", fmt::join(c.rates(), " "))},
          {"held out", fmt::format("{}", c.sweep.empty() ? 0.0 : c.sweep_holdout)},
          {"total batch", fmt::format("{}", c.features.batch_size * context.comm.size())},
          {"--train_crop", c.train_crop},
          {"--crop_scale", fmt::format("{} {}", c.crop_scale[0], c.crop_scale[1])},
          {"--hflip", fmt::format("{}", c.hflip)},
          {"--resize_size", fmt::format("{}", c.features.resize_size)},
          {"--crop_size", fmt::format("{}", c.features.crop_size)},
          {"labels", fmt::format("{}", data.labels)},
          {"precision", context.dtype == at::kDouble ? "fp64" : "fp32"},
          {"features", describe(network, c.input)},
          {"weights of the backbone", digest(*network.backbone)},
          {"data", data.fingerprint}};
}

template <class Values>
void append(std::vector<typename Values::value_type>& to, const Values& values) {
  to.insert(to.end(), values.begin(), values.end());
}

}  // namespace
}  // namespace linear_training

ProbeTraining::ProbeTraining(const LinearConfig& config, const ProbeData& data,
                             const FrozenModel& network, RunContext& context)
    : config_(config), data_(data), network_(network), context_(context) {
  std::vector<double> rates = config.rates();
  for (double& rate : rates)  // the reference's linear scaling rule
    rate = rate * static_cast<double>(config.features.batch_size * context.comm.size()) / 256;
  const auto dtype = context.dtype == at::kDouble ? at::kDouble : at::kFloat;
  grid_ = make_probes({data.labels, data.val.features.size(1)}, rates, context.seed,
                      at::TensorOptions(context.device).dtype(dtype));
  facts_ = {config.epochs, data.val.features.size(0),
            config.sweep.empty() ? 0 : data.holdout.features.size(0),
            linear_training::settings_of(config, data, network, context)};
}

void ProbeTraining::resume() {
  if (config_.output_dir.empty()) return;
  const bool found = load_probes(config_.output_dir, grid_, journal_, facts_);
  std::array<int64_t, 1> sum{journal_.epochs(grid_.size())};
  const int64_t own = sum[0];
  context_.comm.all_reduce_sum(std::span<int64_t>(sum));
  require(sum[0] == own * context_.comm.size(),
          "--output_dir {}: ranks see different checkpoints; it must be on a shared disk",
          config_.output_dir);
  if (found)
    context_.console.line(fmt::format("linear: goes on after epoch {} of {} in {}", own,
                                      config_.epochs, config_.output_dir));
}

void ProbeTraining::run() {
  resume();
  const int64_t first = journal_.epochs(grid_.size());
  ProbeStream stream(data_.train, config_.train_view(), network_,
                     {.batch_per_rank = config_.features.batch_size,
                      .first_epoch = first,
                      .epochs = config_.epochs,
                      .dimension = grid_.weight.size(2),
                      .on_bad_image = config_.features.on_bad_image == "skip" ? OnBadImage::skip
                                                                              : OnBadImage::fail},
                     context_);
  const int64_t steps = stream.steps_per_epoch();
  ProgressLine progress(context_.console, "linear", steps * config_.epochs, "img", steps * first);
  for (int64_t epoch = first; epoch < config_.epochs; ++epoch) {
    train_epoch(stream, epoch, progress);
    if (epoch % config_.val_freq == 0 || epoch == config_.epochs - 1) validate(epoch);
    save();
  }
  if (val_) return;  // else all was done before: the answers are found again
  val_ = judge(grid_, data_.val);
  if (!config_.sweep.empty()) holdout_ = judge(grid_, data_.holdout);
}

void ProbeTraining::train_epoch(ProbeStream& stream, int64_t epoch, ProgressLine& progress) {
  const double factor = annealing(epoch, config_.epochs);
  at::Tensor losses;
  int64_t images = 0;
  for (int64_t step = 0; step < stream.steps_per_epoch(); ++step) {
    const ProbeStream::Step batch = stream.next();
    const at::Tensor loss = grid_.step(batch.features, batch.labels, factor);
    losses = losses.defined() ? losses + loss : loss;
    images += batch.labels.size(0);
    const bool last = step + 1 == stream.steps_per_epoch();
    progress.advance(1, batch.labels.size(0),
                     last ? fmt::format("epoch {} loss {:.3f}", epoch,
                                        losses[0].item<double>() / static_cast<double>(images))
                          : "");
  }
  const at::Tensor host = (losses / images).to(at::kCPU).contiguous();
  linear_training::append(journal_.train_loss,
                          std::span(host.const_data_ptr<double>(), grid_.rates.size()));
  journal_.bad_images[0] = std::max(journal_.bad_images[0], stream.bad_images());
  if (!config_.sweep.empty()) return;
  if (!std::isfinite(journal_.train_loss.back()) || !grid_.finite(0))
    fail_run("linear: the loss is {} in epoch {} with --lr {}: give a smaller one",
             journal_.train_loss.back(), epoch, config_.lr);
}

void ProbeTraining::validate(int64_t epoch) {
  val_ = judge(grid_, data_.val);
  journal_.validated.push_back(epoch);
  linear_training::append(journal_.val_loss, val_->loss);
  linear_training::append(journal_.top1, val_->hits());
  if (!config_.sweep.empty()) {
    holdout_ = judge(grid_, data_.holdout);
    linear_training::append(journal_.holdout, holdout_->hits());
  }
  const size_t n = data_.val.labels.size();
  journal_.best_hits.resize(grid_.rates.size(), -1);
  journal_.best_epoch.resize(grid_.rates.size(), -1);
  journal_.best_predictions.resize(grid_.rates.size() * n, -1);
  for (size_t p = 0; p < grid_.rates.size(); ++p) {
    journal_.top5.push_back(val_->ranked[p].top5);
    if (val_->ranked[p].top1 <= journal_.best_hits[p]) continue;
    journal_.best_hits[p] = val_->ranked[p].top1;
    journal_.best_epoch[p] = epoch;
    const std::vector<int64_t> answers = val_->predictions(static_cast<int64_t>(p), data_.val);
    std::copy(answers.begin(), answers.end(), journal_.best_predictions.begin() + p * n);
  }
}

void ProbeTraining::save() const {
  if (config_.output_dir.empty() || context_.comm.rank() != 0) return;
  save_probes(config_.output_dir, grid_, journal_, facts_);
}

}  // namespace dinobench
