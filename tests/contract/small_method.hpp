// Any registered method at a size for tests, with a fixed batch.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "comm/gradient_buckets.hpp"
#include "methods/method.hpp"
#include "train/optimizer.hpp"

namespace dinobench {
namespace small {

constexpr int64_t kClasses = 3;

/// Options that keep heads small; those that a method does not use it is told to ignore.
inline std::vector<std::string> words() {
  return {"--global_crops_size", "32", "--local_crops_size", "16", "--local_crops_number",  "2",
          "--out_dim",           "64", "--head_hidden_dim",  "64", "--head_bottleneck_dim", "32",
          "--freeze_last_layer", "0"};
}

/// `more`: further option words.
inline std::unique_ptr<Method> make(const std::string& method, const std::string& backbone,
                                    Communicator& comm,
                                    c10::ScalarType dtype = c10::ScalarType::Double,
                                    const std::vector<std::string>& more = {}) {
  std::vector<std::string> given = words();
  given.insert(given.end(), more.begin(), more.end());
  Options options(given);
  BackboneConfig config;
  config.patch_size = 8;
  config.drop_path_rate = 0.1;
  at::manual_seed(11);
  auto made = Methods::find(method).make({.backbone = Backbones::find(backbone),
                                          .backbone_config = config,
                                          .num_classes = kClasses,
                                          .epochs = 100,
                                          .seed = 11,
                                          .comm = comm},
                                         options);
  made->to(c10::Device(c10::DeviceType::CPU), dtype);
  made->train(true);
  return made;
}

/// The same rows for every call; labels alternate, each row is tinted by its label.
inline StepBatch batch(const Method& method, int64_t rows,
                       c10::ScalarType dtype = c10::ScalarType::Double, int64_t draw = 0) {
  StepBatch out;
  for (const View& view : method.views()) {
    const int64_t count = rows * 3 * view.height * view.width;
    at::Tensor values = at::arange(count, at::kDouble)
                            .add(static_cast<double>(100 * draw + view.height))
                            .mul(12.9898)
                            .sin()
                            .mul(43758.5453)
                            .frac()
                            .reshape({rows, 3, view.height, view.width});
    for (int64_t row = 0; row < rows; ++row) values[row][row % 3].add_(1);
    out.views.push_back(values.to(dtype));
  }
  out.labels = at::arange(rows, at::kLong).remainder(kClasses);
  for (int64_t row = 0; row < rows; ++row) out.samples.push_back(row);
  return out;
}

/// Rows [first, first + count) of a batch.
inline StepBatch rows_of(const StepBatch& whole, int64_t first, int64_t count) {
  StepBatch out;
  for (const at::Tensor& view : whole.views) out.views.push_back(view.narrow(0, first, count));
  out.labels = whole.labels.narrow(0, first, count);
  out.samples.assign(whole.samples.begin() + first, whole.samples.begin() + first + count);
  return out;
}

/// " --option value ..." for messages.
inline std::string shown(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += " " + word;
  return out;
}

inline std::vector<at::Tensor> tensors(const NamedTensors& named) {
  std::vector<at::Tensor> out;
  for (const auto& [name, tensor] : named) out.push_back(tensor);
  return out;
}

/// A method with its optimiser and gradients: step() is a training step without a data set.
struct Stepper {
  Stepper(std::unique_ptr<Method> trained, Communicator& comm, const std::string& rule = "adamw")
      : method(std::move(trained)),
        gradients(tensors(method->trainable()), comm),
        optimizer(make_optimizer(rule, method->trainable())) {}

  double step(const StepBatch& batch, double learning_rate) {
    std::map<std::string, double> series;
    gradients.zero();
    const at::Tensor loss = method->loss(batch, at, series);
    loss.backward();
    gradients.finish();
    clip_gradients(tensors(method->trainable()), 3.0);
    optimizer->step(learning_rate, 0.04,
                    [&](const std::string& name) { return method->frozen(name, at); });
    method->after_step(at);
    ++at.step;
    return loss.item<double>();
  }

  std::unique_ptr<Method> method;
  GradientBuckets gradients;
  std::unique_ptr<Optimizer> optimizer;
  Progress at{0, 10, 100};
};

}  // namespace small
}  // namespace dinobench
