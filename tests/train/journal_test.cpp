// Series and log.txt by hand.
#include "tests/test.hpp"
// Torch before everything.
#include <cmath>

#include "train/agreement.hpp"
#include "train/journal.hpp"

namespace dinobench {
namespace {

TEST_CASE("entry n of a series is step n, also of one that begins late") {
  RunRecord record;
  append_step(record, {{"step", 0}, {"loss", 4}});
  append_step(record, {{"step", 1}, {"loss", 3}, {"late", 7}});
  REQUIRE(record.train.at("loss") == std::vector<double>{4, 3});
  REQUIRE(record.train.at("late").size() == 2);
  REQUIRE(std::isnan(record.train.at("late")[0]));
  REQUIRE(record.train.at("late")[1] == 7);
}

TEST_CASE("log.txt holds the means of complete epochs, one JSON object a line") {
  RunRecord record;
  for (int step = 0; step < 5; ++step) {
    append_step(record, {{"step", static_cast<double>(step)},
                         {"loss", 1.0 + step},
                         {"learning_rate", 0.5},
                         {"weight_decay", step == 2 ? std::nan("") : 0.25}});
  }
  REQUIRE(epoch_log(record, 2) ==
          "{\"train_loss\": 1.5, \"train_lr\": 0.5, \"train_wd\": 0.25, \"epoch\": 0}\n"
          "{\"train_loss\": 3.5, \"train_lr\": 0.5, \"train_wd\": null, \"epoch\": 1}\n");
}

TEST_CASE("a checksum sees a flipped bit and exchanged tensors") {
  const at::Tensor a = at::arange(5, at::kFloat), b = at::ones({3}, at::kDouble);
  const uint64_t sum = checksum({{"a", a}, {"b", b}});
  REQUIRE(checksum({{"a", a.clone()}, {"b", b.clone()}}) == sum);
  REQUIRE(checksum({{"a", b}, {"b", a}}) != sum);
  at::Tensor changed = a.clone();
  changed[4] = std::nextafter(4.0f, 5.0f);
  REQUIRE(checksum({{"a", changed}, {"b", b}}) != sum);
}

}  // namespace
}  // namespace dinobench
