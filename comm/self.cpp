// One process: every sum is its own value already.
#include <cstdlib>

#include "comm/communicator.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace {

class SelfCommunicator final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  int local_rank() const override { return 0; }
  int local_size() const override { return 1; }
  std::string version() const override { return "self"; }

  void all_reduce_sum(std::span<float>) override {}
  void all_reduce_sum(std::span<double>) override {}
  void all_reduce_sum(std::span<int64_t>) override {}
  void broadcast(std::span<std::byte>, int root) override {
    require(root == 0, "broadcast from rank {} of 1", root);
  }
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> bytes) override {
    return {{bytes.begin(), bytes.end()}};
  }
  void barrier() override {}
  void set_timeout(double) override {}

  std::unique_ptr<Pending> start_all_reduce_sum(std::span<float> values, double divisor) override {
    return divided(values, divisor);
  }
  std::unique_ptr<Pending> start_all_reduce_sum(std::span<double> values, double divisor) override {
    return divided(values, divisor);
  }

  [[noreturn]] void abort(int exit_code) override { std::exit(exit_code); }

 private:
  template <class Element>
  static std::unique_ptr<Pending> divided(std::span<Element> values, double divisor) {
    if (divisor != 1)
      for (Element& value : values) value /= static_cast<Element>(divisor);
    return std::make_unique<Done>();
  }

  class Done final : public Pending {
   public:
    void wait() override {}
  };
};

}  // namespace

std::unique_ptr<Communicator> make_self_communicator() {
  return std::make_unique<SelfCommunicator>();
}

}  // namespace dinobench
