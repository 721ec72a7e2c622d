// A logistic evaluation small enough for a test: the drawn set of linear_bench.hpp.
#pragma once

#include "tests/eval/linear_bench.hpp"

namespace dinobench {
namespace logistic_bench {

inline EvaluationRecord run(Communicator& comm, const std::filesystem::path& data,
                            const tiny::Words& more = {}, const std::string& name = "logistic",
                            uint64_t seed = 7) {
  Console console{false, true};
  RunRecord record;
  RunContext context{comm, console, record, seed, c10::Device(c10::DeviceType::CPU), at::kFloat, 1};
  Options options(
      tiny::merged({"--resize_size", "10", "--crop_size", "8", "--batch_size_per_gpu", "6"}, more));
  const auto evaluation = Evaluations::find(name).make(options, data.string());
  options.finish();
  evaluation->check();
  EvaluationRecord out = evaluation->run({tiny::pixels(), "pixels", {}}, context);
  out.attributes.emplace("status", "completed");
  return out;
}

}  // namespace logistic_bench
}  // namespace dinobench
