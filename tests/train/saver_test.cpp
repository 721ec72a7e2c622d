// A checkpoint written behind is the one that a plain save writes, whatever the run does meanwhile.
#include "tests/test.hpp"
// Torch before everything.
#include <unistd.h>

#include <thread>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/torch_file.hpp"
#include "tests/contract/small_method.hpp"
#include "tests/train/opened_run.hpp"
#include "train/saver.hpp"

namespace dinobench {
namespace saver_test {
namespace {

/// Three steps done, so that the optimiser has its buffers.
struct Trained : small::Stepper {
  Trained(Communicator& comm, const std::string& rule)
      : Stepper(small::make("dino", "vit_nano", comm, at::kFloat), comm, rule) {
    for (int done = 0; done < 3; ++done) step(batch, 1e-3);
  }
  StepBatch batch = small::batch(*method, 4, at::kFloat);
};

TEST_CASE("saver: a value kept before the next step has the bytes of the step before") {
  const tiny::Folder folder("saver");
  const auto comm = make_self_communicator();
  for (const std::string rule : {"adamw", "sgd", "lars"}) {
    Trained run(*comm, rule);
    const CheckpointFacts facts{run.at, Value::dict(), {}};
    save_checkpoint(folder / "plain.pth", *run.method, *run.optimizer, facts);
    Snapshot snapshot;
    const Value value = checkpoint_value(*run.method, *run.optimizer, facts, snapshot);
    std::map<std::string, double> series;
    run.method->loss(run.batch, run.at, series).backward();
    snapshot.keep();
    REQUIRE(snapshot.kept_bytes() > 100'000);
    run.step(run.batch, 1e-3);
    save_torch_file(value, folder / "behind.pth");
    const std::string plain = read_file(folder / "plain.pth");
    REQUIRE((read_file(folder / "behind.pth") == plain));
    save_checkpoint(folder / "later.pth", *run.method, *run.optimizer, facts);
    REQUIRE((read_file(folder / "later.pth") != plain));
  }
}

TEST_CASE("saver: writer and step may meet anywhere") {
  const tiny::Folder folder("saver");
  const auto comm = make_self_communicator();
  Trained run(*comm, "adamw");
  bool met = false;
  for (int64_t round = 0; round < 40; ++round) {
    const CheckpointFacts facts{run.at, Value::dict(), {}};
    save_checkpoint(folder / "plain.pth", *run.method, *run.optimizer, facts);
    Snapshot snapshot;
    const Value value = checkpoint_value(*run.method, *run.optimizer, facts, snapshot);
    std::thread writer([&] { save_torch_file(value, folder / "behind.pth"); });
    std::this_thread::sleep_for(std::chrono::microseconds(100 * round));
    snapshot.keep();
    for (const auto& [name, tensor] : run.method->parameters()) tensor.data().add_(1);
    writer.join();
    met = met || snapshot.kept_bytes() > 0;
    REQUIRE((read_file(folder / "behind.pth") == read_file(folder / "plain.pth")));
  }
  REQUIRE(met);
}

tiny::Words words(const tiny::Folder& folder) {
  tiny::draw(folder / "images", 3, 3);
  return tiny::dino_words(
      {"--data_path", (folder / "images").string(), "--output_dir", (folder / "run").string()});
}

TEST_CASE("saver: written behind and written plainly, the files are the same") {
  const tiny::Folder folder("saver");
  tiny::Opened opened(words(folder));
  TrainingRun& run = *opened.run;
  Saver saver(run);
  saver.save();
  const std::string plain = read_file(opened.checkpoint());
  const at::Tensor weight = run.weights().front().second.data();
  saver.save_behind();
  REQUIRE(saver.ask_clock().pass_over);  // while it is under way
  saver.before_update();
  weight.add_(1);
  saver.finish();
  REQUIRE((read_file(opened.checkpoint()) == plain));
  REQUIRE((read_file(run.file(previous_checkpoint_name)) == plain));
  saver.save_behind();  // and one that waits for it
  saver.before_update();
  weight.add_(1);
  saver.save_behind();
  saver.finish();
  REQUIRE((read_file(opened.checkpoint()) != plain));
  const Value previous = load_torch_file(run.file(previous_checkpoint_name));
  const Value current = load_torch_file(opened.checkpoint());
  const auto first = [](const Value& file) {
    return to_tensor(file.find("student")->as_dict().front().second.as_tensor());
  };
  REQUIRE(at::equal(first(previous) + 1, first(current)));
}

TEST_CASE("saver: what the writer throws comes out of the next after_step, as from a plain save") {
  const tiny::Folder folder("saver");
  tiny::Opened opened(words(folder));
  Saver saver(*opened.run);
  saver.save();
  const std::string before = read_file(opened.checkpoint());
  const auto blocked = opened.checkpoint().string() + fmt::format(".{}.tmp", getpid());
  std::filesystem::create_directory(blocked);  // where the temporary is to be
  const auto message =
      Catch::Contains(fmt::format("cannot create '{}': Is a dir", opened.checkpoint().string()));
  REQUIRE_THROWS_WITH(saver.save(), message);
  opened.run->at.step = 1;
  saver.save_behind();
  saver.before_update();
  REQUIRE_THROWS_WITH(saver.finish(), message);
  saver.save_behind();
  const auto later = [&] {
    for (int turn = 0; turn < 1000; ++turn) {
      saver.before_update();
      saver.after_step({.save = false, .pass_over = true}, false);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  };
  REQUIRE_THROWS_WITH(later(), message);
  REQUIRE((read_file(opened.checkpoint()) == before));
  std::filesystem::remove(blocked);
  saver.save();
  REQUIRE((read_file(opened.checkpoint()) != before));
}

}  // namespace
}  // namespace saver_test
}  // namespace dinobench
