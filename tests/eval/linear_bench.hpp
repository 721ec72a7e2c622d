// A linear evaluation small enough for a test: drawn pictures of 8 pixels, the network `pixels`.
#pragma once

#include "comm/communicator.hpp"
#include "core/torch_file.hpp"
#include "eval/evaluation.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace linear_bench {

/// 3 classes; `train` images of each in train/, 5 in val/.
inline void draw(const std::filesystem::path& root, uint64_t train) {
  for (const char* split : {"train", "val"})
    for (uint64_t label = 0; label < 3; ++label) {
      const auto folder = root / split / ("class" + std::to_string(label));
      std::filesystem::create_directories(folder);
      const bool is_train = std::string(split) == "train";
      for (uint64_t i = 0; i < (is_train ? train : 5); ++i)
        write_png(crop(tiny::picture(label, i + (is_train ? 0 : 1000)), {0, 0, 12, 12}),
                  folder / (std::to_string(i) + ".png"));
    }
}

/// Passes images on to another network, up to a number of calls: a run that is killed.
class Failing final : public Backbone {
 public:
  Failing(std::shared_ptr<Backbone> network, int calls)
      : network_(std::move(network)), calls_(calls) {}
  at::Tensor forward(const at::Tensor& images, const RowAddresses*) override {
    if (calls_-- <= 0) throw std::runtime_error("killed");
    return network_->forward(images);
  }
  int64_t embed_dim() const override { return network_->embed_dim(); }

 private:
  std::shared_ptr<Backbone> network_;
  int calls_;
};

struct Bench {
  Communicator& comm;
  c10::ScalarType dtype = c10::ScalarType::Float;
  std::shared_ptr<Backbone> network = tiny::pixels();

  EvaluationRecord run(const std::filesystem::path& data, const tiny::Words& more = {}) {
    Console console{false, true};
    RunRecord record;
    RunContext context{comm, console, record, 7, c10::Device(c10::DeviceType::CPU), dtype, 1};
    Options options(tiny::merged({"--resize_size", "10", "--crop_size", "8", "--epochs", "4",
                                  "--batch_size_per_gpu", "6", "--lr", "0.5"},
                                 more));
    const auto linear = Evaluations::find("linear").make(options, data.string());
    options.finish();
    linear->check();
    EvaluationRecord out = linear->run({network, "pixels", {}}, context);
    out.attributes.emplace("status", "completed");
    return out;
  }
};

inline const std::vector<int64_t>& whole(const EvaluationRecord& record, const std::string& name) {
  return std::get<std::vector<int64_t>>(record.raw.at(name).values);
}
inline const std::vector<double>& real(const EvaluationRecord& record, const std::string& name) {
  return std::get<std::vector<double>>(record.raw.at(name).values);
}

/// Elements of module.linear.weight and all other tensors of a checkpoint's probes, as bytes.
inline std::string probe_bytes(const std::filesystem::path& folder) {
  const Value file = load_torch_file(folder / "checkpoint.pth.tar");
  std::string out;
  for (const char* name : {"weight", "bias", "weight_momentum", "bias_momentum"}) {
    const TensorData& tensor = file.find("probes")->find(name)->as_tensor();
    out.append(reinterpret_cast<const char*>(tensor.bytes->data()), tensor.bytes->size());
  }
  return out;
}

}  // namespace linear_bench
}  // namespace dinobench
