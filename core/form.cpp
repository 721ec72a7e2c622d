// Asks the processor once; the choice is an atomic, read by every hot function.
#include "core/form.hpp"

#include <array>
#include <atomic>
#include <cstdlib>

#include "core/error.hpp"

namespace dinobench {
namespace {

constexpr std::array<const char*, 4> kNames{"portable", "avx2", "avx512", "avx512_bf16"};

Form ask_processor() {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vnni");
  if (avx2 && avx512) {
    return __builtin_cpu_supports("avx512bf16") ? Form::avx512_bf16 : Form::avx512;
  }
  if (avx2) return Form::avx2;
#endif
  return Form::portable;
}

Form ask_environment() {
  const char* asked = std::getenv("DINOBENCH_FORM");
  if (asked == nullptr || *asked == '\0') return widest_form();
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (std::string(asked) != kNames[i]) continue;
    require(static_cast<Form>(i) <= widest_form(),
            "DINOBENCH_FORM is {}, but this processor has at most {}", asked,
            name_of(widest_form()));
    return static_cast<Form>(i);
  }
  fail("DINOBENCH_FORM is '{}', expected portable, avx2, avx512 or avx512_bf16", asked);
}

std::atomic<Form>& chosen() {
  static std::atomic<Form> value{ask_environment()};
  return value;
}

std::atomic<bool> reference{false};

}  // namespace

std::string name_of(Form form) { return kNames[static_cast<size_t>(form)]; }

Form widest_form() {
  static const Form widest = ask_processor();
  return widest;
}

Form form() { return reference_math() ? Form::portable : chosen().load(std::memory_order_relaxed); }

bool reference_math() { return reference.load(std::memory_order_relaxed); }

void use_reference_math(bool on) { reference = on; }

FormScope::FormScope(Form form, bool reference_math)
    : form_(chosen().load()), reference_(reference.load()) {
  require(form <= widest_form(), "this processor has no {}, at most {}", name_of(form),
          name_of(widest_form()));
  chosen() = form;
  reference = reference_math;
}

FormScope::~FormScope() {
  chosen() = form_;
  reference = reference_;
}

std::vector<Form> available_forms() {
  std::vector<Form> out;
  for (int i = 0; i <= static_cast<int>(widest_form()); ++i) out.push_back(static_cast<Form>(i));
  return out;
}

}  // namespace dinobench
