// Runs repeat to the bit: twice, with other worker counts, and after being cut and resumed.
#include "tests/test.hpp"
// Torch before everything.
#include <fstream>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/hdf5_store.hpp"
#include "core/torch_file.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace resume_test {
namespace {

using tiny::Words;

std::string weights(const tiny::Outcome& outcome) { return outcome.record.text("weights_sha256"); }

/// Every series but the clock's.
bool same_series(const RunRecord& a, const RunRecord& b) {
  auto x = a.train, y = b.train;
  x.erase("images_per_second");
  y.erase("images_per_second");
  return x == y && x.count("loss") == 1 && x.count("teacher_entropy") == 1;
}

/// The tensors of both checkpoints, by bits.
bool same_checkpoint(const std::filesystem::path& a, const std::filesystem::path& b) {
  const Value x = load_torch_file(a), y = load_torch_file(b);
  for (const char* part : {"student", "teacher", "dino_loss"}) {
    const ValueDict &left = x.find(part)->as_dict(), &right = y.find(part)->as_dict();
    if (left.size() != right.size()) return false;
    for (size_t i = 0; i < left.size(); ++i) {
      if (*left[i].second.as_tensor().bytes != *right[i].second.as_tensor().bytes) return false;
    }
  }
  const ValueDict& left = x.find("optimizer")->find("state")->as_dict();
  const ValueDict& right = y.find("optimizer")->find("state")->as_dict();
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    for (const char* name : {"step", "exp_avg", "exp_avg_sq"}) {
      if (*left[i].second.find(name)->as_tensor().bytes !=
          *right[i].second.find(name)->as_tensor().bytes) {
        return false;
      }
    }
  }
  return x.find("step")->as_int() == y.find("step")->as_int();
}

struct Pictures {
  tiny::Folder folder{"resume"};
  Pictures() { tiny::draw(folder / "images", 3, 7); }  // 21 images: 5 steps of 4 an epoch

  Words to(const std::string& name, const Words& more = {}) const {
    return tiny::dino_words(tiny::merged(
        {"--data_path", (folder / "images").string(), "--output_dir", (folder / name).string()},
        more));
  }
};

TEST_CASE("two runs and other worker counts give the same bits") {
  const Pictures pictures;
  const auto once = tiny::train(pictures.to("once"), {.workers = 1});
  for (const int64_t workers : {1, 2, 4}) {
    const std::string name = "workers" + std::to_string(workers);
    const auto again = tiny::train(pictures.to(name), {.workers = workers});
    REQUIRE(weights(again) == weights(once));
    REQUIRE(same_series(again.record, once.record));
  }
  const auto other = tiny::train(pictures.to("other"), {.seed = 6});
  REQUIRE(weights(other) != weights(once));
}

TEST_CASE("a run cut at an epoch's edge or inside an epoch resumes to the same bits") {
  const Pictures pictures;
  const auto whole = tiny::train(pictures.to("whole", {"--log_norms"}));
  REQUIRE(whole.record.train.at("loss").size() == 15);
  const std::string cut = GENERATE("5", "8", "13", "0");
  auto first = tiny::train(pictures.to("cut", {"--log_norms", "--max_steps", cut}));
  REQUIRE(first.record.train["loss"].size() == static_cast<size_t>(std::stoi(cut)));
  const auto rest = tiny::train(pictures.to("cut", {"--log_norms"}));
  REQUIRE(weights(rest) == weights(whole));
  // NaN marks an absent gradient: compare the series as text.
  const auto text = [](const RunRecord& record) {
    std::string out;
    for (const auto& [name, series] : record.train) {
      if (name != "images_per_second") out += fmt::format("{}: {}\n", name, fmt::join(series, " "));
    }
    return out;
  };
  REQUIRE(text(rest.record) == text(whole.record));
  REQUIRE(same_checkpoint(pictures.folder / "whole/checkpoint.pth",
                          pictures.folder / "cut/checkpoint.pth"));
  REQUIRE(read_file(pictures.folder / "whole/log.txt") ==
          read_file(pictures.folder / "cut/log.txt"));
}

TEST_CASE("what a later save loses is repeated: series beyond the checkpoint are dropped") {
  const Pictures pictures;
  const auto whole = tiny::train(pictures.to("whole"));
  tiny::train(pictures.to("cut", {"--max_steps", "5"}));
  std::filesystem::copy_file(pictures.folder / "cut/checkpoint.pth", pictures.folder / "kept.pth");
  tiny::train(pictures.to("cut", {"--max_steps", "9"}));
  std::filesystem::rename(pictures.folder / "kept.pth", pictures.folder / "cut/checkpoint.pth");
  const auto rest = tiny::train(pictures.to("cut"));
  REQUIRE(weights(rest) == weights(whole));
  REQUIRE(same_series(rest.record, whole.record));
}

TEST_CASE("a damaged checkpoint does not replace the whole one before it") {
  const Pictures pictures;
  const auto whole = tiny::train(pictures.to("whole"));
  const Words to_step_8{"--saveckp_every_steps", "1", "--max_steps", "8"};
  tiny::train(pictures.to("cut", to_step_8));
  const auto current = pictures.folder / "cut/checkpoint.pth";
  std::filesystem::resize_file(current, std::filesystem::file_size(current) / 2);
  tiny::train(pictures.to("cut", to_step_8));
  const auto step_of = [&pictures](const std::string& name) {
    return load_torch_file(pictures.folder / "cut" / name).find("step")->as_int();
  };
  REQUIRE(step_of("checkpoint.pth") == 8);
  REQUIRE(step_of("checkpoint_previous.pth") == 7);
  REQUIRE(weights(tiny::train(pictures.to("cut"))) == weights(whole));
}

TEST_CASE("--saveckp_every_steps saves inside an epoch, saveckp_freq keeps epochs 0, 2 ...") {
  const Pictures pictures;
  tiny::train(pictures.to("kept", {"--saveckp_freq", "2", "--saveckp_every_steps", "4"}));
  REQUIRE(std::filesystem::exists(pictures.folder / "kept/checkpoint0000.pth"));
  REQUIRE_FALSE(std::filesystem::exists(pictures.folder / "kept/checkpoint0001.pth"));
  REQUIRE(std::filesystem::exists(pictures.folder / "kept/checkpoint0002.pth"));
  const Value first = load_torch_file(pictures.folder / "kept/checkpoint0000.pth");
  REQUIRE(first.find("epoch")->as_int() == 1);
  REQUIRE(first.find("step")->as_int() == 5);
  // A copy is a copy: later saves leave it alone.
  REQUIRE(load_torch_file(pictures.folder / "kept/checkpoint.pth").find("step")->as_int() == 15);
}

TEST_CASE("a finished output_dir is loaded and not touched") {
  const Pictures pictures;
  auto done = tiny::train(pictures.to("done"));
  REQUIRE_FALSE(done.result.already_finished);
  done.record.attributes["status"] = "completed";  // the command's part
  save_record(done.record, pictures.folder / "done/run.h5");
  const auto stamp = std::filesystem::last_write_time(pictures.folder / "done/checkpoint.pth");
  const auto again = tiny::train(pictures.to("done"));
  REQUIRE(again.result.already_finished);
  REQUIRE(weights(again) == weights(done));
  REQUIRE(same_series(again.record, done.record));
  REQUIRE(std::filesystem::last_write_time(pictures.folder / "done/checkpoint.pth") == stamp);
}

TEST_CASE("resuming with other settings names each of them") {
  const Pictures pictures;
  tiny::train(pictures.to("run", {"--max_steps", "2"}));
  const std::string before = read_file(pictures.folder / "run/checkpoint.pth");
  REQUIRE_THROWS_WITH(tiny::train(pictures.to("run", {"--out_dim", "32", "--lr", "0.1"})),
                      Catch::Contains("--out_dim was 64, is now 32") &&
                          Catch::Contains("--lr was 0.0005, is now 0.1"));
  REQUIRE_THROWS_WITH(tiny::train(pictures.to("run"), {.seed = 9}), Catch::Contains("seed"));
  tiny::draw(pictures.folder / "images", 3, 8);
  REQUIRE_THROWS_WITH(tiny::train(pictures.to("run")), Catch::Contains("dataset_fingerprint"));
  REQUIRE(read_file(pictures.folder / "run/checkpoint.pth") == before);
}

TEST_CASE("--init_from takes student and teacher, and nothing else") {
  const Pictures pictures;
  const auto source = tiny::train(pictures.to("source", {"--max_steps", "6"}));
  const std::string from = (pictures.folder / "source/checkpoint.pth").string();
  const auto copy = tiny::train(pictures.to("copy", {"--init_from", from, "--max_steps", "0"}));
  REQUIRE(weights(copy) == weights(source));
  const Value file = load_torch_file(pictures.folder / "copy/checkpoint.pth");
  REQUIRE(file.find("step")->as_int() == 0);
  REQUIRE(file.find("optimizer")->find("state")->as_dict().empty());
  const at::Tensor center = to_tensor(file.find("dino_loss")->find("center")->as_tensor());
  REQUIRE(center.abs().max().item<double>() == 0);
  for (const auto& [name, tensor] : file.find("student")->as_dict()) {
    REQUIRE(name.as_text().starts_with("module."));
  }
  for (const auto& [name, tensor] : file.find("teacher")->as_dict()) {
    REQUIRE_FALSE(name.as_text().starts_with("module."));
  }
}

}  // namespace
}  // namespace resume_test
}  // namespace dinobench
