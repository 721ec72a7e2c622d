// ResNet-18 and ResNet-50 as torchvision builds them (v1.5), without the classifier.
#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

#include "backbones/backbone.hpp"
#include "backbones/layers.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace resnet {

enum class Kind { basic, bottleneck };
constexpr int64_t expansion(Kind kind) { return kind == Kind::basic ? 1 : 4; }

/// 1x1 convolution with a stride and a norm, on the path around a block.
class Downsample : public torch::nn::Module {
 public:
  Downsample(int64_t in, int64_t out, int64_t stride) {
    conv_ = register_module("0", std::make_shared<Conv2d>(in, out, 1, stride, 0, false));
    norm_ = register_module("1", std::make_shared<BatchNorm>(out));
  }
  at::Tensor forward(const at::Tensor& x) { return norm_->forward(conv_->forward(x)); }

 private:
  std::shared_ptr<Conv2d> conv_;
  std::shared_ptr<BatchNorm> norm_;
};

/// Basic: 3x3 (stride), 3x3. Bottleneck: 1x1, 3x3 (stride), 1x1. Each followed by a norm; relu
/// between, and once more after the sum with the input.
class ResidualBlock : public torch::nn::Module {
 public:
  ResidualBlock(Kind kind, int64_t in, int64_t width, int64_t stride) {
    const int64_t out = width * expansion(kind);
    // torchvision makes this first and registers it last.
    if (stride != 1 || in != out) downsample_ = std::make_shared<Downsample>(in, out, stride);
    if (kind == Kind::basic) {
      add(in, width, 3, stride);
      add(width, out, 3, 1);
    } else {
      add(in, width, 1, 1);
      add(width, width, 3, stride);
      add(width, out, 1, 1);
    }
    if (downsample_) register_module("downsample", downsample_);
  }

  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y = x;
    for (size_t i = 0; i < convs_.size(); ++i) {
      y = norms_[i]->forward(convs_[i]->forward(y));
      if (i + 1 < convs_.size()) y.relu_();
    }
    return y.add_(downsample_ ? downsample_->forward(x) : x).relu_();
  }

 private:
  void add(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
    const std::string number = std::to_string(convs_.size() + 1);
    convs_.push_back(register_module(
        "conv" + number, std::make_shared<Conv2d>(in, out, kernel, stride, kernel / 2, false)));
    norms_.push_back(register_module("bn" + number, std::make_shared<BatchNorm>(out)));
  }

  std::vector<std::shared_ptr<Conv2d>> convs_;
  std::vector<std::shared_ptr<BatchNorm>> norms_;
  std::shared_ptr<Downsample> downsample_;
};

class ResNet : public Backbone {
 public:
  ResNet(Kind kind, const std::vector<int64_t>& counts) {
    conv1_ = register_module("conv1", std::make_shared<Conv2d>(3, 64, 7, 2, 3, false));
    bn1_ = register_module("bn1", std::make_shared<BatchNorm>(64));
    int64_t in = 64;
    for (size_t stage = 0; stage < counts.size(); ++stage) {
      const auto layer = register_module("layer" + std::to_string(stage + 1),
                                         std::make_shared<torch::nn::Module>());
      const int64_t width = int64_t{64} << stage;
      for (int64_t i = 0; i < counts[stage]; ++i) {
        const int64_t stride = stage > 0 && i == 0 ? 2 : 1;
        blocks_.push_back(layer->register_module(
            std::to_string(i), std::make_shared<ResidualBlock>(kind, in, width, stride)));
        in = width * expansion(kind);
      }
    }
    embed_dim_ = in;
    // torchvision draws a 1000-class classifier before the final initialisation; the reference
    // throws it away later, but the draws are gone.
    Linear(in, 1000);
    for (const auto& module : modules(/*include_self=*/false))
      if (const auto* conv = module->as<Conv2d>()) initialise_fan_out_normal(*conv);
  }

  at::Tensor forward(const at::Tensor& images, const RowAddresses*) override {
    require(images.dim() == 4 && images.size(1) == 3,
            "a ResNet got images of shape {}, expected [B, 3, H, W]",
            fmt::join(images.sizes().vec(), "x"));
    // Convolutions in a half type are several times faster with the channels last, which all
    // layers then keep.
    const bool half = at::autocast::is_autocast_enabled(images.device().type());
    const auto layout = half ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    at::Tensor x = bn1_->forward(conv1_->forward(images.contiguous(layout))).relu_();
    x = at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1});
    for (const auto& block : blocks_) x = block->forward(x);
    return at::adaptive_avg_pool2d(x, {1, 1}).flatten(1);
  }
  int64_t embed_dim() const override { return embed_dim_; }

 private:
  int64_t embed_dim_;
  std::shared_ptr<Conv2d> conv1_;
  std::shared_ptr<BatchNorm> bn1_;
  std::vector<std::shared_ptr<ResidualBlock>> blocks_;
};

[[maybe_unused]] const bool registered =
    Backbones::add(
        {.name = "resnet18",
         .summary = "ResNet-18 trunk, pooled: 512 features",
         .source = "He et al. 2015, arXiv 1512.03385; torchvision 0.26",
         .make = [](const BackboneConfig&) -> std::shared_ptr<Backbone> {
           return std::make_shared<ResNet>(Kind::basic, std::vector<int64_t>{2, 2, 2, 2});
         }}) &&
    Backbones::add(
        {.name = "resnet50",
         .summary = "ResNet-50 trunk (v1.5), pooled: 2048 features",
         .source = "He et al. 2015, arXiv 1512.03385; torchvision 0.26",
         .make = [](const BackboneConfig&) -> std::shared_ptr<Backbone> {
           return std::make_shared<ResNet>(Kind::bottleneck, std::vector<int64_t>{3, 4, 6, 3});
         }});

}  // namespace resnet
}  // namespace dinobench
