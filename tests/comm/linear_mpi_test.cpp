// A linear probe trained by several ranks is the one of one rank with the same total batch.
#include <ATen/ATen.h>

#include "backbones/state.hpp"
#include "tests/comm/job.hpp"
#include "tests/eval/linear_bench.hpp"
#include "tests/test.hpp"

namespace dinobench {
namespace linear_mpi_test {

using linear_bench::real;
using linear_bench::whole;

at::Tensor weight_of(const std::filesystem::path& folder) {
  const Value file = load_torch_file(folder / "checkpoint.pth.tar");
  return to_tensor(file.find("probes")->find("weight")->as_tensor());
}

// 33 images in steps of 12: the last step holds 9, so that of three ranks the last has 1.
void compare(const std::string& name, c10::ScalarType dtype, double tolerance,
             const tiny::Words& more) {
  const tiny::Folder folder(name);  // one a process: ranks draw the same pictures
  linear_bench::draw(folder / "data", 11);
  const auto alone = make_self_communicator();
  const auto words = [&](const std::string& out, int64_t batch) {
    return tiny::merged(
        {"--output_dir", (folder / out).string(), "--batch_size_per_gpu", std::to_string(batch)},
        more);
  };
  const EvaluationRecord single =
      linear_bench::Bench{*alone, dtype}.run(folder / "data", words("single", 12));
  const EvaluationRecord shared =
      linear_bench::Bench{job(), dtype}.run(folder / "data", words("shared", 12 / job().size()));
  for (const char* array : {"predictions", "top5", "best_predictions", "validated_epochs"})
    REQUIRE(whole(shared, array) == whole(single, array));
  REQUIRE(shared.metrics.at("top1").value == single.metrics.at("top1").value);
  for (const char* array : {"epoch_train_loss", "validated_loss"})
    for (size_t i = 0; i < real(single, array).size(); ++i)
      REQUIRE(real(shared, array)[i] == Approx(real(single, array)[i]).epsilon(tolerance));
  if (job().rank() == 0)
    REQUIRE(at::allclose(weight_of(folder / "shared"), weight_of(folder / "single"), tolerance,
                         tolerance));
}

TEST_CASE("ranks train one and the same probe", "[mpi]") {
  compare("linear_mpi_double", c10::ScalarType::Double, 1e-9, {});
  compare("linear_mpi_float", c10::ScalarType::Float, 1e-5, {});
}

TEST_CASE("ranks agree on a sweep", "[mpi]") {
  compare("linear_mpi_sweep", c10::ScalarType::Double, 1e-9, {"--sweep", "0.01", "0.5", "2"});
}

}  // namespace linear_mpi_test
}  // namespace dinobench
