// The features of a step are a few megabytes, the gradients of a grid of probes many times that: so
// features travel, and every rank makes the same update.
#include "eval/linear_stream.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <span>

#include "backbones/autocast.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace linear_stream {
namespace {

// Which samples of a step a rank reads.
class Dealer {
 public:
  Dealer(int64_t size, int rank, int world, const StreamConfig& config)
      : size_(size), rank_(rank), world_(world), config_(config) {}

  int64_t steps_per_epoch() const { return (size_ + whole() - 1) / whole(); }

  std::optional<BatchPlan> operator()(int64_t n) {
    const int64_t epoch = config_.first_epoch + n / steps_per_epoch();
    if (epoch >= config_.epochs) return std::nullopt;
    if (epoch != epoch_ || order_.empty()) {
      order_ = epoch_permutation(size_, static_cast<uint64_t>(epoch));
      epoch_ = epoch;
    }
    BatchPlan plan;
    plan.epoch = static_cast<uint64_t>(epoch);
    const int64_t first = n % steps_per_epoch() * whole() + rank_ * config_.batch_per_rank;
    const int64_t end = std::min(first + config_.batch_per_rank, size_);
    for (int64_t i = first; i < end; ++i) plan.samples.push_back(order_[static_cast<size_t>(i)]);
    return plan;
  }

 private:
  int64_t whole() const { return config_.batch_per_rank * world_; }

  int64_t size_;
  int rank_, world_;
  StreamConfig config_;
  int64_t epoch_ = -1;
  std::vector<int64_t> order_;
};

template <class Element>
std::vector<std::byte> bytes_of(std::span<const Element> values) {
  const auto bytes = std::as_bytes(values);
  return {bytes.begin(), bytes.end()};
}

}  // namespace
}  // namespace linear_stream

struct ProbeStream::State {
  FrozenModel network;
  StreamConfig config;
  RunContext& context;
  at::ScalarType dtype;  // of the probe: float64 if the network's is
  int64_t steps;
  Loader loader;

  State(const Dataset& dataset, const View& view, const FrozenModel& model,
        const StreamConfig& settings, RunContext& run, linear_stream::Dealer dealer)
      : network(model),
        config(settings),
        context(run),
        dtype(run.dtype == at::kDouble ? at::kDouble : at::kFloat),
        steps(dealer.steps_per_epoch()),
        loader(dataset, {view}, std::move(dealer),
               {.seed = run.seed,
                .workers = std::max<int64_t>(1, run.num_workers),
                .on_bad_image = settings.on_bad_image}) {}

  // [rows, dimension] on the host.
  at::Tensor forward(const Batch& batch) const {
    const ViewBlock& view = batch.views.at(0);
    const at::Tensor images = at::from_blob(const_cast<float*>(view.values.data()),
                                            {batch.size(), 3, view.height, view.width}, at::kFloat)
                                  .to(context.device, context.dtype);
    const AutocastScope mixed(context.device, context.precision);
    const at::Tensor out = network.backbone->forward(images);
    require(out.dim() == 2 && out.size(1) == config.dimension,
            "{} gave features of another shape than for the images before, [{}, {}]", network.arch,
            batch.size(), config.dimension);
    return out.to(at::kCPU, dtype).contiguous();
  }

  // Labels, then features, of this rank's rows.
  std::vector<std::byte> pack(const Batch& batch) const {
    auto bytes = linear_stream::bytes_of(std::span<const int64_t>(batch.labels));
    if (batch.size() == 0) return bytes;
    const at::Tensor features = forward(batch);
    const auto* first = static_cast<const std::byte*>(features.const_data_ptr());
    bytes.insert(bytes.end(), first, first + features.nbytes());
    return bytes;
  }

  Step unpack(const std::vector<std::vector<std::byte>>& all) const {
    const size_t element = dtype == at::kDouble ? sizeof(double) : sizeof(float);
    const size_t feature_bytes = static_cast<size_t>(config.dimension) * element;
    std::vector<at::Tensor> features, labels;
    for (const std::vector<std::byte>& bytes : all) {
      const size_t rows = bytes.size() / (sizeof(int64_t) + feature_bytes);
      const auto count = static_cast<int64_t>(rows);
      labels.push_back(at::empty({count}, at::kLong));
      features.push_back(at::empty({count, config.dimension}, dtype));
      if (rows == 0) continue;
      std::memcpy(labels.back().mutable_data_ptr(), bytes.data(), rows * sizeof(int64_t));
      std::memcpy(features.back().mutable_data_ptr(), bytes.data() + rows * sizeof(int64_t),
                  rows * feature_bytes);
    }
    return {at::cat(features).to(context.device), at::cat(labels).to(context.device)};
  }
};

ProbeStream::ProbeStream(const Dataset& dataset, const View& view, const FrozenModel& network,
                         const StreamConfig& config, RunContext& context)
    : state_(std::make_unique<State>(dataset, view, network, config, context,
                                     linear_stream::Dealer(dataset.size(), context.comm.rank(),
                                                           context.comm.size(), config))) {}

ProbeStream::~ProbeStream() = default;

int64_t ProbeStream::steps_per_epoch() const { return state_->steps; }

ProbeStream::Step ProbeStream::next() {
  const at::NoGradGuard no_grad;
  const auto batch = state_->loader.next();
  if (!batch) fail_run("the loader ended before the training of the probe did");
  return state_->unpack(state_->context.comm.all_gather(state_->pack(*batch)));
}

int64_t ProbeStream::bad_images() {
  const std::vector<int64_t> own = state_->loader.bad_samples();
  const auto all =
      state_->context.comm.all_gather(linear_stream::bytes_of(std::span<const int64_t>(own)));
  std::set<int64_t> samples;
  for (const std::vector<std::byte>& bytes : all) {
    std::vector<int64_t> some(bytes.size() / sizeof(int64_t));
    if (!some.empty()) std::memcpy(some.data(), bytes.data(), bytes.size());
    samples.insert(some.begin(), some.end());
  }
  return static_cast<int64_t>(samples.size());
}

}  // namespace dinobench
