// Flat gradient buckets: layout, hooks, and the sums they start.
#include "comm/gradient_buckets.hpp"

#include <ATen/Functions.h>
#include <ATen/ops/from_blob.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <functional>

#include "comm/device_reducer.hpp"
#include "core/error.hpp"

namespace dinobench {

struct GradientBuckets::State {
  struct Bucket {
    at::Tensor flat;   // [n] on the parameters' device
    int64_t size = 0;  // parameters in it
    int64_t left = 0;  // of them, still without a gradient in this step
    std::unique_ptr<Communicator::Pending> sum;
  };

  explicit State(Communicator& communicator) : comm(communicator) {}
  void ready(size_t bucket);
  void start(Bucket& bucket);

  Communicator& comm;
  std::vector<at::Tensor> parameters;
  std::vector<Bucket> buckets;
  size_t started = 0;  // buckets [0, started) are under way
  bool held = false;
};

namespace gradient_buckets {
namespace {

// A view begins at a multiple of this many elements: vector loads stay aligned.
constexpr int64_t kAlignment = 16;

int64_t padded(const at::Tensor& parameter) {
  return (parameter.numel() + kAlignment - 1) / kAlignment * kAlignment;
}

/// [length] like `parameter`, in memory that other ranks see if it may be.
at::Tensor zeros(int64_t length, const at::Tensor& parameter, Communicator& comm) {
  const auto options = parameter.options().requires_grad(false);
  const bool on_host = parameter.is_cpu() && comm.device_reducer() == nullptr;
  const auto bytes = static_cast<size_t>(length) * parameter.element_size();
  const auto memory = on_host ? comm.allocate(bytes) : nullptr;
  if (memory == nullptr) return at::zeros({length}, options);
  return at::from_blob(
      memory.get(), {length}, [memory](void*) {}, options);
}

struct Place {
  size_t bucket;
  int64_t offset;
};

/// Where each parameter goes, in backward order; `lengths` gets the elements of each bucket.
std::vector<Place> lay_out(const std::vector<at::Tensor>& parameters, const BucketSizes& sizes,
                           std::vector<int64_t>& lengths) {
  std::vector<Place> places(parameters.size());
  for (size_t i = parameters.size(); i-- > 0;) {
    const int64_t limit = lengths.size() <= 1 ? sizes.first_bytes : sizes.other_bytes;
    const int64_t element = static_cast<int64_t>(parameters[i].element_size());
    if (lengths.empty() || lengths.back() * element >= limit) lengths.push_back(0);
    places[i] = {lengths.size() - 1, lengths.back()};
    lengths.back() += padded(parameters[i]);
  }
  return places;
}

class CountDown final : public torch::autograd::PostAccumulateGradHook {
 public:
  explicit CountDown(std::function<void()> ready) : ready_(std::move(ready)) {}
  void operator()(const at::Tensor&) override { ready_(); }

 private:
  std::function<void()> ready_;
};

}  // namespace
}  // namespace gradient_buckets

void GradientBuckets::State::start(Bucket& bucket) {
  bucket.sum = start_all_reduce_sum(bucket.flat, comm, comm.size());
}

void GradientBuckets::State::ready(size_t bucket) {
  if (held) return;
  --buckets[bucket].left;
  while (started < buckets.size() && buckets[started].left <= 0) start(buckets[started++]);
}

GradientBuckets::GradientBuckets(const std::vector<at::Tensor>& parameters, Communicator& comm,
                                 BucketSizes sizes)
    : state_(std::make_shared<State>(comm)) {
  state_->parameters = parameters;
  std::vector<int64_t> lengths;
  const auto places = gradient_buckets::lay_out(parameters, sizes, lengths);
  for (const int64_t length : lengths) {
    state_->buckets.emplace_back();
    state_->buckets.back().flat = gradient_buckets::zeros(length, parameters.front(), comm);
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    const at::Tensor& parameter = parameters[i];
    require(parameter.scalar_type() == at::kFloat || parameter.scalar_type() == at::kDouble,
            "gradients are averaged in float32 or float64, not in {}",
            c10::toString(parameter.scalar_type()));
    const auto [bucket, offset] = places[i];
    ++state_->buckets[bucket].size;
    parameter.mutable_grad() =
        state_->buckets[bucket].flat.narrow(0, offset, parameter.numel()).view(parameter.sizes());
    // The state outlives the hooks: the destructor removes them.
    State* state = state_.get();
    torch::autograd::impl::set_post_acc_grad_hooks(
        parameter, std::make_unique<gradient_buckets::CountDown>(
                       [state, place = bucket] { state->ready(place); }));
  }
}

GradientBuckets::~GradientBuckets() {
  for (const at::Tensor& parameter : state_->parameters) {
    torch::autograd::impl::set_post_acc_grad_hooks(parameter, nullptr);
    parameter.mutable_grad().reset();
  }
}

void GradientBuckets::zero() {
  state_->started = 0;
  for (State::Bucket& bucket : state_->buckets) {
    bucket.flat.zero_();
    bucket.left = bucket.size;
  }
}

void GradientBuckets::hold(bool on) { state_->held = on; }

void GradientBuckets::finish() {
  while (state_->started < state_->buckets.size()) {
    state_->start(state_->buckets[state_->started++]);
  }
  for (State::Bucket& bucket : state_->buckets) {
    bucket.sum->wait();
    bucket.sum.reset();
  }
}

int64_t GradientBuckets::count() const { return static_cast<int64_t>(state_->buckets.size()); }

}  // namespace dinobench
