// The loader: the same batches whatever the workers, errors in their place, no hanging.
#include "data/loader.hpp"

#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "tests/data/test_images.hpp"

namespace dinobench::testing {
namespace {

/// Twelve small PNGs in two classes; `bad` ones hold rubbish.
class Fixture {
 public:
  explicit Fixture(std::vector<int> bad = {}) {
    for (int i = 0; i < 12; ++i) {
      const std::string name = fmt::format("{}/{:02}.png", i < 6 ? "a" : "b", i);
      fs::create_directories((folder_.path() / name).parent_path());
      if (std::count(bad.begin(), bad.end(), i) > 0) {
        folder_.write(name, "rubbish");
      } else {
        write_png(noise(40 + i, 30, static_cast<uint32_t>(i)), folder_.path() / name);
      }
    }
    dataset = open_dataset(folder_.path());
  }
  Dataset dataset;

 private:
  Folder folder_;
};

std::vector<View> small_views() {
  MultiCropConfig config;
  config.global_crops_size = 24;
  config.local_crops_size = 10;
  config.local_crops_number = 2;
  return multi_crop(config);
}

Loader::Planner training(int64_t steps) {
  return [steps](int64_t n) -> std::optional<BatchPlan> {
    if (n >= steps) return std::nullopt;
    return training_plan(12, 4, 0, n, 0, 1);
  };
}

/// Which batch of the first epoch holds a sample.
int64_t batch_of(int64_t sample) {
  for (int64_t n = 0; n < 3; ++n) {
    const std::vector<int64_t> samples = training_plan(12, 4, 0, n, 0, 1).samples;
    if (std::count(samples.begin(), samples.end(), sample) > 0) return n;
  }
  return -1;
}

std::vector<Batch> all(Loader& loader) {
  std::vector<Batch> batches;
  while (auto batch = loader.next()) batches.push_back(std::move(*batch));
  return batches;
}

bool same(const Batch& one, const Batch& other) {
  bool equal = one.samples == other.samples && one.labels == other.labels &&
               one.views.size() == other.views.size();
  for (size_t v = 0; equal && v < one.views.size(); ++v) {
    equal = one.views[v].values == other.views[v].values;
  }
  return equal;
}

TEST_CASE("1, 2 and 4 workers give bit-equal batches in the planned order") {
  const Fixture fixture;
  std::vector<Batch> first;
  for (const int64_t workers : {0, 1, 2, 4}) {
    LoaderConfig config;
    config.workers = workers;
    config.seed = 5;
    Loader loader(fixture.dataset, small_views(), training(7), config);
    std::vector<Batch> batches = all(loader);
    REQUIRE(batches.size() == 7);
    if (first.empty()) first = std::move(batches);
    for (size_t b = 0; b < batches.size(); ++b) REQUIRE(same(batches[b], first[b]));
  }
  REQUIRE(first[0].samples == training_plan(12, 4, 0, 0, 0, 1).samples);
  REQUIRE(first[0].views.size() == 4);
  REQUIRE(first[0].views[0].values.size() == 4 * 3 * 24 * 24);
  for (size_t i = 0; i < 4; ++i) REQUIRE(first[0].labels[i] == (first[0].samples[i] < 6 ? 0 : 1));
}

TEST_CASE("two ranks see the views of one: draws depend on the sample, not on its place") {
  const Fixture fixture;
  const auto plan_of = [](int rank, int world) {
    return [=](int64_t n) -> std::optional<BatchPlan> {
      if (n >= 3) return std::nullopt;
      return training_plan(12, 4, 0, n, rank, world);
    };
  };
  LoaderConfig config;
  Loader whole(fixture.dataset, small_views(), plan_of(0, 1), config);
  Loader left(fixture.dataset, small_views(), plan_of(0, 2), config);
  Loader right(fixture.dataset, small_views(), plan_of(1, 2), config);
  while (auto batch = whole.next()) {
    const auto l = left.next(), r = right.next();
    const size_t size = 3 * 24 * 24;
    for (size_t row = 0; row < 4; ++row) {
      const Batch& part = row % 2 == 0 ? *l : *r;
      REQUIRE(part.samples[row / 2] == batch->samples[row]);
      REQUIRE(std::memcmp(&part.views[0].values[row / 2 * size],
                          &batch->views[0].values[row * size], size * sizeof(float)) == 0);
    }
  }
}

TEST_CASE("a view's row is the normalised view of that sample at its address") {
  const Fixture fixture;
  const std::vector<View> views = small_views();
  LoaderConfig config;
  config.seed = 9;
  Loader loader(fixture.dataset, views, training(1), config);
  const auto batch = loader.next();
  const auto sample = static_cast<uint64_t>(batch->samples[2]);
  Rng rng(9, "view", {0, sample, 3});
  const Image view = views[3].make(decode_image(fixture.dataset.path(batch->samples[2])), rng);
  std::vector<float> expected(3 * 10 * 10);
  normalize(view, expected.data());
  REQUIRE(std::memcmp(&batch->views[3].values[2 * 300], expected.data(), 300 * sizeof(float)) == 0);
}

TEST_CASE("a view without a fixed size gives each image its own, in batches of one") {
  const Fixture fixture;
  const View as_it_is{0, 0, [](const Image& image, Rng&) { return image; }};
  const auto batches_of = [](int64_t rows) -> Loader::Planner {
    return [rows](int64_t n) -> std::optional<BatchPlan> {
      if (n >= 12) return std::nullopt;
      return BatchPlan{0, std::vector<int64_t>(static_cast<size_t>(rows), n), {}};
    };
  };
  Loader loader(fixture.dataset, {as_it_is}, batches_of(1), {});
  const std::vector<Batch> batches = all(loader);
  REQUIRE(batches.size() == 12);
  for (int64_t i = 0; i < 12; ++i) {
    const ViewBlock& block = batches[static_cast<size_t>(i)].views[0];
    REQUIRE(block.width == 40 + i);
    REQUIRE(block.height == 30);
    std::vector<float> expected(static_cast<size_t>(3 * 30 * (40 + i)));
    normalize(noise(40 + i, 30, static_cast<uint32_t>(i)), expected.data());
    REQUIRE(block.values == expected);
  }
  Loader pairs(fixture.dataset, {as_it_is}, batches_of(2), {});
  REQUIRE_THROWS_WITH(pairs.next(), Catch::Contains("2 images in a batch of a view without"));
}

TEST_CASE("a sample's part is all that its views see") {
  Fixture fixture;
  fixture.dataset.samples[1].part = Box{5, 6, 20, 10};
  fixture.dataset.samples[2].part = Box{30, -2, 13, 9};  // two rows and one column too far
  fixture.dataset.samples[3].part = Box{43, 0, 5, 5};    // beside the image
  const View as_it_is{0, 0, [](const Image& image, Rng&) { return image; }};
  const auto one = [](int64_t n) { return std::optional<BatchPlan>({0, {n}, {}}); };
  Loader loader(fixture.dataset, {as_it_is}, one, {});
  REQUIRE(loader.next()->views[0].width == 40);
  const ViewBlock block = loader.next()->views[0];
  std::vector<float> expected(3 * 20 * 10);
  normalize(crop(noise(41, 30, 1), {5, 6, 20, 10}), expected.data());
  REQUIRE(block.width == 20);
  REQUIRE(block.values == expected);
  REQUIRE(loader.next()->views[0].width == 12);
  REQUIRE_THROWS_WITH(loader.next(), Catch::Contains("a/03.png: nothing of the part of 5 x 5"));
}

TEST_CASE("fail: the bad file's error comes out of next(), and keeps coming") {
  const Fixture fixture({7});
  for (const int64_t workers : {1, 4}) {
    LoaderConfig config;
    config.workers = workers;
    Loader loader(fixture.dataset, small_views(), training(3), config);
    std::string message;
    int64_t before = 0;
    try {
      while (loader.next()) ++before;
    } catch (const Error& error) {
      message = error.what();
    }
    REQUIRE(contains(message, "07.png"));
    REQUIRE(before == batch_of(7));
    REQUIRE(contains(error_of([&] { loader.next(); }), "07.png"));
  }
}

TEST_CASE("skip: the next readable sample takes the row, with its own draws, and is counted") {
  const Fixture fixture({7, 8});
  const Fixture good;
  std::vector<Batch> first;
  for (const int64_t workers : {1, 3}) {
    LoaderConfig config;
    config.workers = workers;
    config.on_bad_image = OnBadImage::skip;
    Loader loader(fixture.dataset, small_views(), training(3), config);
    std::vector<Batch> batches = all(loader);
    REQUIRE(loader.skipped() == 3);  // 7 led to 8, 8 to 9; and 8 itself
    REQUIRE(loader.bad_samples() == std::vector<int64_t>{7, 8});
    if (first.empty()) first = std::move(batches);
    for (size_t b = 0; b < batches.size(); ++b) REQUIRE(same(batches[b], first[b]));
  }
  int64_t nines = 0;
  for (const Batch& batch : first) {
    REQUIRE(batch.size() == 4);
    nines += std::count(batch.samples.begin(), batch.samples.end(), 9);
    REQUIRE(std::count(batch.samples.begin(), batch.samples.end(), 7) == 0);
  }
  REQUIRE(nines == 3);
}

TEST_CASE("drop: the row is left out and the batch lists the rest") {
  const Fixture fixture({0, 2, 3}), good;
  const auto in_order = [](int64_t n) -> std::optional<BatchPlan> {
    if (n >= 6) return std::nullopt;
    return BatchPlan{0, {2 * n, 2 * n + 1}, {}};
  };
  LoaderConfig config;
  config.on_bad_image = OnBadImage::drop;
  Loader loader(fixture.dataset, {center_view(32, 24)}, in_order, config);
  Loader whole(good.dataset, {center_view(32, 24)}, in_order, config);
  const std::vector<Batch> batches = all(loader), complete = all(whole);
  REQUIRE(batches.size() == 6);
  REQUIRE(batches[0].samples == std::vector<int64_t>{1});
  REQUIRE(batches[0].labels == std::vector<int64_t>{0});
  const std::vector<float>& row = batches[0].views[0].values;
  REQUIRE(row.size() == 3 * 24 * 24);
  REQUIRE(std::equal(row.begin(), row.end(), complete[0].views[0].values.begin() + 3 * 24 * 24));
  REQUIRE(batches[1].size() == 0);
  REQUIRE(batches[1].views[0].values.empty());
  REQUIRE(batches[2].size() == 2);
  REQUIRE(loader.skipped() == 3);
  REQUIRE(loader.bad_samples() == std::vector<int64_t>{0, 2, 3});
}

TEST_CASE("packed: views are drawn, not made, and dropped rows are not among them") {
  const Fixture fixture({0, 2, 3});
  const auto in_order = [](int64_t n) -> std::optional<BatchPlan> {
    if (n >= 6) return std::nullopt;
    return BatchPlan{0, {2 * n, 2 * n + 1}, {}};
  };
  const LoaderConfig config{.on_bad_image = OnBadImage::drop, .pack = true};
  Loader loader(fixture.dataset, small_views(), in_order, config);
  const std::vector<Batch> batches = all(loader);
  REQUIRE(batches.size() == 6);
  for (size_t b = 0; b < 6; ++b) {
    const int64_t rows = b == 0 ? 1 : b == 1 ? 0 : 2;
    REQUIRE(batches[b].size() == rows);
    REQUIRE(batches[b].packed.views == 4 * rows);
    REQUIRE(batches[b].packed.values == rows * 3 * 2 * (24 * 24 + 10 * 10));
    REQUIRE(batches[b].views.size() == 4);
    REQUIRE(batches[b].views[3].width == 10);
    REQUIRE(batches[b].views[3].values.empty());
  }
  REQUIRE(loader.times().packed);
  REQUIRE_THROWS_WITH(Loader(fixture.dataset, {center_view(32, 24)}, in_order, config),
                      Catch::Contains("cannot be packed"));
}

TEST_CASE("a set without one readable image ends with an error, not in a circle") {
  const Fixture fixture({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  LoaderConfig config;
  config.on_bad_image = OnBadImage::skip;
  Loader loader(fixture.dataset, small_views(), training(1), config);
  REQUIRE(contains(error_of([&] { loader.next(); }), "not one of its 12"));
}

TEST_CASE("an error of the planner comes after the batches before it") {
  const Fixture fixture;
  const auto plan = [](int64_t n) -> std::optional<BatchPlan> {
    if (n == 2) throw Error("the plan ends here");
    return training_plan(12, 4, 0, n, 0, 1);
  };
  Loader loader(fixture.dataset, small_views(), plan, {});
  REQUIRE(loader.next().has_value());
  REQUIRE(loader.next().has_value());
  REQUIRE(contains(error_of([&] { loader.next(); }), "the plan ends here"));
}

TEST_CASE("an endless loader can be left at any time") {
  const Fixture fixture;
  for (int round = 0; round < 20; ++round) {
    LoaderConfig config;
    config.workers = 1 + round % 4;
    config.prefetch = 1 + round % 3;
    Loader loader(fixture.dataset, small_views(), training(1000000), config);
    for (int i = 0; i < round % 3; ++i) REQUIRE(loader.next().has_value());
  }
}

TEST_CASE("no more batches are under way than prefetch allows") {
  const Fixture fixture;
  std::atomic<int64_t> planned{0};
  LoaderConfig config;
  config.prefetch = 2;
  config.workers = 3;
  Loader loader(
      fixture.dataset, small_views(),
      [&](int64_t n) {
        ++planned;
        return training(100)(n);
      },
      config);
  for (int64_t taken = 1; taken <= 5; ++taken) {
    loader.next();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    REQUIRE(planned <= taken + 2);
  }
}

}  // namespace
}  // namespace dinobench::testing
