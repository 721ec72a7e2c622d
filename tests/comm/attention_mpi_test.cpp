// The attention evaluation over ranks gives the answers of one process.
#include "comm/communicator.hpp"
#include "tests/eval/attention_voc.hpp"

namespace dinobench {
namespace attention_mpi_test {

TEST_CASE("ranks change no answer of the attention evaluation", "[mpi]") {
  const auto comm = make_communicator(), alone = make_self_communicator();
  const tiny::Folder folder("attention_mpi");  // one a process: ranks draw the same pictures
  attention_voc::draw(folder / "", 5);
  const FrozenModel model = attention_voc::network("vit_nano");
  const EvaluationRecord together =
      attention_voc::run(folder / "", *comm, model, {"--save_attention"});
  const EvaluationRecord single =
      attention_voc::run(folder / "", *alone, model, {"--save_attention"});
  REQUIRE(together.metrics.size() == single.metrics.size());
  for (const auto& [name, metric] : single.metrics) {
    REQUIRE(together.metrics.at(name).value == metric.value);
    REQUIRE(together.metrics.at(name).ci_low == metric.ci_low);
  }
  REQUIRE(together.raw.size() == single.raw.size());
  for (const auto& [name, array] : single.raw) {
    REQUIRE(together.raw.at(name).shape == array.shape);
    REQUIRE(together.raw.at(name).values == array.values);
  }
}

}  // namespace attention_mpi_test
}  // namespace dinobench
