// Batches whose views the device makes: the bytes of those that the loader's threads make.
#include "core/form.hpp"
#include "data/write_jpeg.hpp"
#include "tests/gpu/gpu_test.hpp"
#include "tests/train/tiny_run.hpp"
#include "train/batch_source.hpp"

namespace dinobench {
namespace loader_source_test {

struct Batches {
  std::vector<StepBatch> parts;
  int64_t skipped = 0;
  bool packed = false;
};

/// Three steps in two parts each; the second crosses the end of the data.
Batches batches(const Dataset& data, const std::vector<View>& views, c10::Device device,
                bool kernels, c10::ScalarType dtype = at::kFloat) {
  const FormScope scope(form(), /*reference_math=*/!kernels);
  const SourceConfig config{.stop = 3,
                            .global_batch = 6,
                            .steps_per_epoch = 3,
                            .parts = 2,
                            .device = device,
                            .dtype = dtype};
  const LoaderConfig loader{.seed = 7, .workers = 2, .on_bad_image = OnBadImage::skip};
  const auto source = make_loader_source(data, views, loader, config);
  Batches out;
  for (int i = 0; i < 6; ++i) out.parts.push_back(source->next());
  REQUIRE_THROWS(source->next());
  out.skipped = source->skipped();
  out.packed = source->times().packed;
  return out;
}

void compare(const Dataset& data, const std::vector<View>& views, c10::Device device) {
  const Batches made = batches(data, views, device, true);
  const Batches plain = batches(data, views, device, false);
  REQUIRE(made.packed);
  REQUIRE_FALSE(plain.packed);
  REQUIRE(made.skipped == plain.skipped);
  REQUIRE(made.skipped > 0);
  for (size_t i = 0; i < plain.parts.size(); ++i) {
    const StepBatch &got = made.parts[i], &wanted = plain.parts[i];
    REQUIRE(got.samples == wanted.samples);
    REQUIRE(got.labels.equal(wanted.labels));
    REQUIRE(got.views.size() == views.size());
    for (size_t v = 0; v < views.size(); ++v) {
      INFO("part " << i << ", view " << v);
      REQUIRE(got.views[v].sizes().vec() ==
              std::vector<int64_t>{3, 3, views[v].height, views[v].width});
      REQUIRE(got.views[v].device() == wanted.views[v].device());
      REQUIRE(got.views[v].equal(wanted.views[v]));
    }
  }
}

/// Eight small pictures, one of them unreadable, and a JPEG of which only boxes are decoded.
class Pictures {
 public:
  Pictures() {
    tiny::draw(folder_ / "set", 2, 4);
    std::filesystem::resize_file(folder_ / "set" / "class1" / "2.png", 50);
    write_jpeg(resize(tiny::picture(0, 9), 150, 120, Filter::bilinear),
               folder_ / "set" / "class0" / "large.jpg", 90);
    data = open_dataset(folder_ / "set");
  }
  Dataset data;

 private:
  tiny::Folder folder_{"device_views"};
};

std::vector<View> crops() {
  MultiCropConfig config;
  config.global_crops_size = 33, config.local_crops_size = 14, config.local_crops_number = 2;
  return multi_crop(config);
}

TEST_CASE("multi-crop batches made on the device have the loader's bytes", "[gpu]") {
  const Pictures pictures;
  gpu_test::on_kernel_device([&](c10::Device device) { compare(pictures.data, crops(), device); });
}

TEST_CASE("supervised batches made on the device have the loader's bytes", "[gpu]") {
  const Pictures pictures;
  RandomViewConfig config;
  config.size = 24, config.scale = {0.08, 1}, config.filter = Filter::bilinear;
  config.jitter = 0, config.grayscale = 0, config.blur = 0;
  gpu_test::on_kernel_device(
      [&](c10::Device device) { compare(pictures.data, {random_view(config)}, device); });
}

TEST_CASE("other views, and those of float64, stay with the loader's threads", "[gpu]") {
  const Pictures pictures;
  std::vector<View> mixed = crops();
  mixed.push_back(center_view(20, 16));
  gpu_test::on_kernel_device([&](c10::Device device) {
    REQUIRE_FALSE(batches(pictures.data, mixed, device, true).packed);
    const Batches wide = batches(pictures.data, crops(), device, true, at::kDouble);
    REQUIRE_FALSE(wide.packed);
    REQUIRE(wide.parts[0].views[0].scalar_type() == at::kDouble);
  });
}

}  // namespace loader_source_test
}  // namespace dinobench
