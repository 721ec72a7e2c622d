// Each step of the data path and its chains, per image of shared/data/imagenet-sample, one thread.
// tests/perf/rivals/images.py does the same with Pillow and torchvision.
#include <cmath>
#include <filesystem>
#include <memory>

#include "core/atomic_file.hpp"
#include "data/dataset.hpp"
#include "data/decode_part.hpp"
#include "data/views.hpp"
#include "data/write_jpeg.hpp"
#include "tests/perf/best_time.hpp"

namespace dinobench::perf {
namespace data_path {
namespace {

constexpr int64_t kImages = 160;  // the first ones, by name

/// The central box of this share of the area, and of the image's shape.
Box central(const Image& image, double share) {
  const auto side = [share](int64_t n) {
    return static_cast<int64_t>(static_cast<double>(n) * std::sqrt(share));
  };
  const int64_t width = side(image.width), height = side(image.height);
  return {(image.width - width) / 2, (image.height - height) / 2, width, height};
}

struct Sample {
  std::vector<std::string> files;
  std::vector<Image> images;
};

Image decode(const std::string& file) {
  return decode_image(std::as_bytes(std::span(file)), "file");
}

/// Nothing where the images are absent.
std::shared_ptr<const Sample> sample() {
  const std::filesystem::path root =
      std::filesystem::path(DINOBENCH_SOURCE) / ".." / "shared" / "data" / "imagenet-sample";
  if (!std::filesystem::is_directory(root)) return nullptr;
  const Dataset dataset = open_dataset(root);
  auto found = std::make_shared<Sample>();
  for (int64_t i = 0; i < std::min(kImages, dataset.size()); ++i) {
    found->files.push_back(read_file(dataset.path(i)));
    found->images.push_back(decode(found->files.back()));
  }
  return found;
}

/// A case over all images: make(sample) gives what is done with image i.
using Step = std::function<void(size_t i)>;
int each(const char* name, const std::function<Step(std::shared_ptr<const Sample>)>& make) {
  return add(
      name,
      [make]() -> std::function<void()> {
        const auto found = sample();
        if (!found) return nullptr;
        return [found, step = make(found)] {
          for (size_t i = 0; i < found->files.size(); ++i) step(i);
        };
      },
      kImages);
}

int cut(const char* name, double share, int64_t side) {
  return each(name, [=](const auto& s) -> Step {
    return [=](size_t i) {
      crop_resize(s->images[i], central(s->images[i], share), side, side, Filter::bicubic);
    };
  });
}

/// An operation on views of 224 and of 96 pixels, each on a copy.
void in_place(const std::string& name, const std::function<void(Image&)>& operation) {
  for (const auto& [share, side] : {std::pair<double, int64_t>{0.7, 224}, {0.2, 96}}) {
    const std::string full = name + "_" + std::to_string(side);
    each(full.c_str(), [=, share = share, side = side](const auto& s) -> Step {
      auto views = std::make_shared<std::vector<Image>>();
      for (const Image& image : s->images) {
        views->push_back(crop_resize(image, central(image, share), side, side, Filter::bicubic));
      }
      return [=](size_t i) {
        Image image = (*views)[i];
        operation(image);
      };
    });
  }
}

/// What a loader's worker does for a row: the views of an image, decoded or not, normalised.
int chain(const char* name, std::vector<View> views, bool decoded, int64_t shrink = 0) {
  return each(name, [=](const auto& s) -> Step {
    auto files = std::make_shared<std::vector<std::string>>(s->files);
    if (shrink > 0) {
      for (size_t i = 0; i < files->size(); ++i) {
        (*files)[i] =
            encode_jpeg(resize(s->images[i], shrink, shrink, Filter::bicubic), 95, "file");
      }
    }
    auto out = std::make_shared<std::vector<float>>(3 * 224 * 224);
    return [=](size_t i) {
      const auto rng = [i](size_t view) { return Rng(0, "view", {0, i, view}); };
      const auto wanted = [&](int64_t width, int64_t height) {
        return reads_of(views, width, height, rng);
      };
      const Image made =
          decoded ? Image() : decode_part(std::as_bytes(std::span((*files)[i])), "f", wanted);
      for (size_t v = 0; v < views.size(); ++v) {
        Rng draws = rng(v);
        normalize(views[v].make(decoded ? s->images[i] : made, draws), out->data());
      }
    };
  });
}

bool register_all() {
  each("decode", [](const auto& s) -> Step { return [s](size_t i) { decode(s->files[i]); }; });
  cut("crop_resize_224", 0.7, 224);
  cut("crop_resize_96", 0.2, 96);
  in_place("flip", [](Image& image) { flip_horizontal(image); });
  in_place("brightness", [](Image& image) { adjust_brightness(image, 1.2); });
  in_place("contrast", [](Image& image) { adjust_contrast(image, 0.8); });
  in_place("saturation", [](Image& image) { adjust_saturation(image, 1.1); });
  in_place("hue", [](Image& image) { adjust_hue(image, 0.05); });
  in_place("grayscale", [](Image& image) { to_grayscale(image); });
  in_place("blur", [](Image& image) { gaussian_blur(image, 1.05); });
  in_place("solarize", [](Image& image) { solarize(image, 128); });
  in_place("normalize", [out = std::make_shared<std::vector<float>>(3 * 224 * 224)](Image& image) {
    normalize(image, out->data());
  });
  chain("multi_crop", multi_crop({}), false);
  chain("multi_crop_decoded", multi_crop({}), true);
  chain("multi_crop_32", multi_crop({.global_crops_size = 32, .local_crops_size = 16}), false, 32);
  const RandomViewConfig train{.scale = {0.08, 1.0}, .jitter = 0, .grayscale = 0, .blur = -1};
  RandomViewConfig bilinear = train;
  bilinear.filter = Filter::bilinear;
  chain("supervised_train", {random_view(train)}, false);
  chain("linear_train", {random_view(bilinear)}, false);
  chain("evaluation", {center_view(256, 224)}, false);
  return true;
}

const bool registered = register_all();

}  // namespace
}  // namespace data_path
}  // namespace dinobench::perf
