// No network at all: the normalised pixels are the feature. The floor that others must beat. An
// image of another size than the run's is averaged down (or repeated) to it.
#include <ATen/ATen.h>

#include "backbones/backbone.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace pixels {

class Pixels : public Backbone {
 public:
  explicit Pixels(int64_t side) : side_(side) {}

  at::Tensor forward(const at::Tensor& images, const RowAddresses*) override {
    require(images.dim() == 4 && images.size(1) == 3,
            "pixels takes images with 3 channels and got {}", fmt::join(images.sizes().vec(), "x"));
    const bool fits = images.size(2) == side_ && images.size(3) == side_;
    return (fits ? images : at::adaptive_avg_pool2d(images, {side_, side_})).flatten(1);
  }
  int64_t embed_dim() const override { return 3 * side_ * side_; }

 private:
  int64_t side_;
};

[[maybe_unused]] const bool registered = Backbones::add(
    {.name = "pixels",
     .summary = "no weights: the feature is the normalised image itself, at --global_crops_size",
     .source = "dinobench",
     .make = [](const BackboneConfig& config) -> std::shared_ptr<Backbone> {
       return std::make_shared<Pixels>(config.image_size);
     },
     .has_weights = false});

}  // namespace pixels
}  // namespace dinobench
