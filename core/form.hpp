// Which machine code the hot functions run: the widest this processor has, or less when told so.
#pragma once

#include <string>
#include <vector>

namespace dinobench {

/// In ascending order; a form implies those before it. avx2: with FMA. avx512: F, BW, DQ, VL, VBMI
/// and VNNI (Intel Ice Lake, AMD Zen 4 and later). avx512_bf16: with the products of bfloat16.
enum class Form { portable, avx2, avx512, avx512_bf16 };

/// "portable", "avx2", "avx512" or "avx512_bf16".
std::string name_of(Form form);

/// The widest of this processor.
Form widest_form();

/// The one in use, process-wide: the environment's DINOBENCH_FORM where that is set (an input Error
/// if it names no form or one that the processor lacks), else the widest.
Form form();

/// Whether every fast path is off (--reference_math): form() is portable then, and what torch
/// offers fused is computed in the reference's own steps.
bool reference_math();
void use_reference_math(bool on);

/// For tests: another form, or the reference's arithmetic, until the end of a block. Not from
/// several threads at once.
class FormScope {
 public:
  explicit FormScope(Form form, bool reference_math = false);
  ~FormScope();
  FormScope(const FormScope&) = delete;
  FormScope& operator=(const FormScope&) = delete;

 private:
  Form form_;
  bool reference_;
};

/// All that this processor has, portable first: what a twin test loops over.
std::vector<Form> available_forms();

}  // namespace dinobench
