// Small drawn sets in the layouts of retrieval and copy detection.
#pragma once

#include <filesystem>

#include "core/atomic_file.hpp"
#include "core/pickler.hpp"
#include "eval/evaluation.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench {
namespace drawn {

namespace fs = std::filesystem;

inline void save(const Image& image, const fs::path& path) {  // decoders go by content
  fs::create_directories(path.parent_path());
  write_png(image, path);
}

inline Image square(uint64_t label, uint64_t index) {
  return crop(tiny::picture(label, index), {0, 0, 32, 32});
}

inline Value integers(const std::vector<int64_t>& values) {
  ValueList items;
  for (const int64_t value : values) items.emplace_back(value);
  return Value::list(items);
}

/// `root`/tiny: eight 32 x 32 database images in three colours; queries 40 x 36 pictures of colours
/// 0 and 1 whose box holds a database image, and one without a positive.
inline void landmarks(const fs::path& root) {
  ValueList names, queries, truth;
  for (uint64_t i = 0; i < 8; ++i) {
    save(square(i % 3, i), root / ("tiny/jpg/d" + std::to_string(i) + ".jpg"));
    names.emplace_back("d" + std::to_string(i));
  }
  for (uint64_t i = 0; i < 3; ++i) {
    save(tiny::picture(i % 3, i), root / ("tiny/jpg/q" + std::to_string(i) + ".jpg"));
    queries.emplace_back("q" + std::to_string(i));
  }
  const auto query = [](const std::vector<int64_t>& easy, const std::vector<int64_t>& hard,
                        const std::vector<int64_t>& junk) {
    return Value::dict({{"bbx", integers({0, 0, 32, 32})},
                        {"easy", integers(easy)},
                        {"hard", integers(hard)},
                        {"junk", integers(junk)}});
  };
  truth = {query({0, 3}, {6}, {1}), query({4}, {1, 7}, {}), query({}, {}, {2})};
  const Value file = Value::dict({{"imlist", Value::list(names)},
                                  {"qimlist", Value::list(queries)},
                                  {"gnd", Value::list(truth)}});
  AtomicFile out(root / "tiny/gnd_tiny.pkl");
  out.write(pickle(file, [](const TensorData&) { return ""; }));
  out.commit();
}

/// `root`: original, strong, jpegqual/20 (the originals themselves); distractors and whitening
/// beside.
inline void copydays(const fs::path& root) {
  for (uint64_t i = 0; i < 4; ++i) {
    const std::string name = "20" + std::to_string(10 + i) + "00.jpg";
    save(tiny::picture(i, i), root / "set/original" / name);
    save(tiny::picture(i, i), root / "set/jpegqual/20" / name);
    save(tiny::picture(i, i + 50),
         root / "set/strong" / ("20" + std::to_string(10 + i) + "01.jpg"));
  }
  save(tiny::picture(2, 90), root / "set/strong/999901.jpg");
  for (uint64_t i = 0; i < 5; ++i)
    save(tiny::picture(i, 200 + i), root / "distractors" / (std::to_string(i) + ".jpg"));
  for (uint64_t i = 0; i < 7; ++i)
    save(tiny::picture(i, 300 + i), root / "whitening" / (std::to_string(i) + ".jpg"));
}

/// Runs an evaluation by its words, check() first.
struct Bench {
  std::unique_ptr<Communicator> own = make_self_communicator();
  Communicator& comm;
  Console console{false, true};
  RunRecord record;
  RunContext context{comm, console, record};

  Bench() : comm(*own) {}
  explicit Bench(Communicator& other) : comm(other) {}

  EvaluationRecord run(const std::string& name, const fs::path& data, const FrozenModel& model,
                       const tiny::Words& words) {
    Options options(words);
    const auto evaluation = Evaluations::find(name).make(options, data.string());
    options.finish();
    evaluation->check();
    context.num_workers = 1;
    return evaluation->run(model, context);
  }
};

inline FrozenModel model(const std::string& arch) {
  at::manual_seed(4);
  FrozenModel made{find_backbone(arch).make({.patch_size = 8, .image_size = 32}), arch};
  made.backbone->eval();
  return made;
}

}  // namespace drawn
}  // namespace dinobench
