// A whole DINO step as the trainer takes it: data, both networks, loss, backward, clip, AdamW and
// the teacher's update. Pictures are the drawn set that tools/compare_reference.py makes.
#include <ATen/Parallel.h>

#include <algorithm>
#include <filesystem>

#include "tests/perf/best_time.hpp"
#include "tests/train/tiny_run.hpp"

namespace dinobench::perf {
namespace {

const std::filesystem::path pictures = DINOBENCH_PICTURES;

/// Seconds of the fastest step but the first two, of a run with these options.
double fastest_step(const tiny::Words& options, int64_t batch, Precision precision) {
  at::set_num_threads(1);
  const tiny::Folder out("perf_step");
  tiny::Words words{"--data_path",          pictures / "classification" / "train",
                    "--output_dir",         out / "run",
                    "--batch_size_per_gpu", std::to_string(batch),
                    "--saveckp_freq",       "0"};
  words.insert(words.end(), options.begin(), options.end());
  tiny::Setting setting;
  setting.precision = precision;
  const auto comm = make_self_communicator();
  const std::vector<double> rates =
      tiny::train(words, *comm, setting).record.train.at("images_per_second");
  const double best = *std::max_element(rates.begin() + 2, rates.end());
  return static_cast<double>(batch) / best;
}

int add_step(const char* name, tiny::Words options, int64_t batch, Precision precision) {
  return add_measured(name, [=]() -> Measured {
    if (!std::filesystem::is_directory(pictures)) return {.skipped = "no drawn pictures"};
    return {.seconds = fastest_step(options, batch, precision)};
  });
}

const tiny::Words small{"--arch",
                        "vit_small",
                        "--patch_size",
                        "16",
                        "--out_dim",
                        "65536",
                        "--epochs",
                        "1",
                        "--max_steps",
                        "6",
                        "--warmup_epochs",
                        "0",
                        "--check_ranks_every",
                        "0"};
// The quickstart's recipe (experiments/quickstart/methods/dino_vit_nano.cfg).
const tiny::Words nano{"--arch",
                       "vit_nano",
                       "--patch_size",
                       "8",
                       "--out_dim",
                       "256",
                       "--head_hidden_dim",
                       "512",
                       "--global_crops_size",
                       "32",
                       "--local_crops_size",
                       "16",
                       "--local_crops_number",
                       "4",
                       "--global_crops_scale",
                       "0.5",
                       "1",
                       "--local_crops_scale",
                       "0.25",
                       "0.6",
                       "--epochs",
                       "1",
                       "--max_steps",
                       "60",
                       "--warmup_epochs",
                       "0",
                       "--check_ranks_every",
                       "0"};

[[maybe_unused]] const int steps[] = {add_step("dino_step_small", small, 4, Precision::fp32),
                                      add_step("dino_step_small_bf16", small, 4, Precision::bf16),
                                      add_step("dino_step_nano", nano, 32, Precision::fp32)};

}  // namespace
}  // namespace dinobench::perf
