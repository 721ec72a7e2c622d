// The regression's answers do not depend on the number of ranks.
#include "tests/test.hpp"
// Torch before everything.
#include "tests/comm/job.hpp"
#include "tests/eval/logistic_bench.hpp"

namespace dinobench {
namespace logistic_mpi_test {

TEST_CASE("logistic regression gives the same bits on any number of ranks", "[logistic]") {
  const tiny::Folder folder("logistic_mpi");  // each rank draws its own
  linear_bench::draw(folder / "", 8);
  const tiny::Words words{"--lambda", "0.1", "1"};
  const auto self = make_self_communicator();
  const EvaluationRecord alone = logistic_bench::run(*self, folder / "", words);
  const EvaluationRecord shared = logistic_bench::run(job(), folder / "", words);
  for (const char* name : {"top5", "sweep_predictions", "labels"})
    REQUIRE(shared.raw.at(name).values == alone.raw.at(name).values);
  REQUIRE(std::get<double>(shared.attributes.at("train_objective")) ==
          std::get<double>(alone.attributes.at("train_objective")));
}

}  // namespace logistic_mpi_test
}  // namespace dinobench
