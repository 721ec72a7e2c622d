// How sums find their way: by device, launcher and number of ranks.
#include "tests/test.hpp"
// Torch before everything.
#include <cstdlib>

#include "comm/device_reducer.hpp"
#include "comm/gpu.hpp"
#include "comm/gradient_buckets.hpp"
#include "comm/local_rank.hpp"
#include "comm/transport.hpp"
#include "core/error.hpp"
#include "tests/comm/job.hpp"
#include "tests/devices.hpp"

namespace dinobench {
namespace transport_test {
namespace {

/// Sets a variable, or removes it, while it lives.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value != nullptr ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Environment() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

/// A reducer on the job's communicator while it lives.
struct Attached {
  explicit Attached(std::shared_ptr<DeviceReducer> reducer) { job().attach(std::move(reducer)); }
  ~Attached() { job().attach(nullptr); }
};

double sum_of_ranks() { return job().size() * (job().size() + 1) / 2.0; }

TEST_CASE("a launcher's word about the local rank is found, SLURM's last") {
  const Environment open_mpi("OMPI_COMM_WORLD_LOCAL_RANK", nullptr);
  const Environment intel("MPI_LOCALRANKID", nullptr), pmi("PMI_LOCAL_RANK", nullptr);
  const Environment slurm("SLURM_LOCALID", nullptr);
  REQUIRE(launcher_local_rank() == std::nullopt);
  const Environment by_slurm("SLURM_LOCALID", "3");
  REQUIRE(launcher_local_rank() == 3);
  const Environment by_pmi("PMI_LOCAL_RANK", "2");
  REQUIRE(launcher_local_rank() == 2);
  const Environment by_intel("MPI_LOCALRANKID", "1");
  REQUIRE(launcher_local_rank() == 1);
  const Environment by_open_mpi("OMPI_COMM_WORLD_LOCAL_RANK", "0");
  REQUIRE(launcher_local_rank() == 0);
  const Environment nonsense("OMPI_COMM_WORLD_LOCAL_RANK", "-1"), words("MPI_LOCALRANKID", "1x");
  REQUIRE(launcher_local_rank() == 2);
}

TEST_CASE("ranks on one GPU are found, the lowest pair of them") {
  REQUIRE(ranks_on_one_gpu({"a", "b", "c"}) == std::nullopt);
  REQUIRE(ranks_on_one_gpu({"a", "b", "b", "a"}) == std::pair(1, 2));
  REQUIRE(ranks_on_one_gpu({"a", "b", "a"}) == std::pair(0, 2));
}

TEST_CASE("on the CPU sums go through MPI, and NCCL is refused") {
  const c10::Device cpu(c10::DeviceType::CPU);
  REQUIRE(attach_transport("auto", job(), cpu).name == (job().size() == 1 ? "self" : "mpi"));
  REQUIRE(attach_transport("mpi", job(), cpu).warning.empty());
  REQUIRE(job().device_reducer() == nullptr);
  REQUIRE_THROWS_WITH(attach_transport("nccl", job(), cpu), Catch::Contains("--device cuda"));
  if (cuda_build_version() != "none") return;
  REQUIRE_THROWS_WITH(make_nccl_reducer(job(), 0), Catch::Contains("CPU build"));
  REQUIRE(nccl_version() == "none");
}

// One GPU can show NCCL with one rank, and staging with several.
TEST_CASE("on a GPU the transport that was asked for sums its tensors") {
  for (const c10::Device device : test_devices()) {
    if (device.is_cpu()) continue;
    for (const std::string asked : {"auto", "mpi", "nccl"}) {
      if (asked == "nccl" && job().size() > 1) {
        REQUIRE_THROWS_WITH(attach_transport(asked, job(), device), Catch::Contains("on one GPU"));
        continue;
      }
      const Transport transport = attach_transport(asked, job(), device);
      REQUIRE(transport.warning.empty() == (asked != "auto" || job().size() == 1));
      const at::Tensor values =
          at::full({100000}, job().rank() + 1.0, at::TensorOptions().device(device));
      all_reduce_sum(values, job());
      REQUIRE(values.eq(sum_of_ranks()).all().item<bool>());
    }
    job().attach(nullptr);
  }
}

TEST_CASE("staged sums equal sums in place, many at once and on every device") {
  const auto dtype = GENERATE(at::kFloat, at::kDouble);
  const auto staged = make_staged_reducer(job());
  for (const c10::Device device : test_devices()) {
    std::vector<at::Tensor> values;
    std::vector<std::unique_ptr<Communicator::Pending>> pending;
    for (const int64_t length : {1, 1000, 70000})
      values.push_back(at::full({length}, job().rank() + 1.0, dtype).to(device));
    for (const at::Tensor& flat : values) pending.push_back(staged->start_all_reduce_sum(flat, 1));
    for (size_t i = pending.size(); i-- > 0;) {
      pending[i]->wait();
      pending[i]->wait();  // once done it stays done
      REQUIRE(values[i].eq(sum_of_ranks()).all().item<bool>());
    }
  }
  REQUIRE_THROWS_AS(all_reduce_sum(at::ones({4, 4}).t(), job()), Error);
  REQUIRE_THROWS_AS(all_reduce_sum(at::ones({4}, at::kHalf), job()), Error);
}

TEST_CASE("gradient buckets give the same bits through a reducer as in place") {
  const at::Tensor noise = at::arange(5000, at::kFloat).add(771 * job().rank()).mul(3.7).sin();
  std::vector<at::Tensor> results;
  for (const bool through : {false, true}) {
    const Attached reducer(through ? make_staged_reducer(job()) : nullptr);
    const at::Tensor w = at::zeros({5000}).set_requires_grad(true);
    const at::Tensor v = at::zeros({100}).set_requires_grad(true);
    GradientBuckets buckets({w, v}, job(), {1, 1});
    for (int step = 0; step < 2; ++step) {
      buckets.zero();
      ((w * noise).sum() + (v * noise.narrow(0, 0, 100)).sum()).backward();
      buckets.finish();
    }
    results.push_back(at::cat({w.grad(), v.grad()}).clone());
  }
  REQUIRE(at::equal(results[0], results[1]));
}

}  // namespace
}  // namespace transport_test
}  // namespace dinobench
