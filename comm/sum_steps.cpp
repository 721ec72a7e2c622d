// Division on the way.
#include "comm/sum_steps.hpp"

namespace dinobench {
namespace mpi {
namespace {

template <class Element>
void divide_all(std::byte* data, size_t count, Element divisor) {
  auto* values = reinterpret_cast<Element*>(data);
  for (size_t i = 0; i < count; ++i) values[i] /= divisor;
}

}  // namespace

void divide(const Elements& values, double divisor) {
  if (divisor == 1) return;
  if (values.width == sizeof(double)) {
    divide_all(values.data, values.count, divisor);
  } else {
    divide_all(values.data, values.count, static_cast<float>(divisor));
  }
}

}  // namespace mpi
}  // namespace dinobench
