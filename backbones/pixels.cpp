// No network at all: the normalised pixels are the feature. The floor that others must beat.
#include <ATen/ATen.h>

#include "backbones/backbone.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace pixels {

class Pixels : public Backbone {
 public:
  explicit Pixels(int64_t side) : side_(side) {}

  at::Tensor forward(const at::Tensor& images, const RowAddresses*) override {
    require(images.dim() == 4 && images[0].numel() == embed_dim(),
            "pixels was made for {0}x{0} images with 3 channels and got {1}", side_,
            fmt::join(images.sizes().vec(), "x"));
    return images.flatten(1);
  }
  int64_t embed_dim() const override { return 3 * side_ * side_; }

 private:
  int64_t side_;
};

[[maybe_unused]] const bool registered =
    Backbones::add({.name = "pixels",
                    .summary = "no weights: the feature is the normalised image itself",
                    .source = "dinobench",
                    .make = [](const BackboneConfig& config) -> std::shared_ptr<Backbone> {
                      return std::make_shared<Pixels>(config.image_size);
                    },
                    .has_weights = false});

}  // namespace pixels
}  // namespace dinobench
