// In which type numbers are held and multiplied while a network runs.
#pragma once

#include <string>

#include "core/error.hpp"

namespace dinobench {

/// fp32 and fp64: everything. bf16 and fp16: products in the half type; parameters, gradients,
/// norms, softmax, losses and sums stay float32 (dino.md 6.4). fp16 trains with a scaled loss.
enum class Precision { fp32, fp64, bf16, fp16 };

inline bool is_half(Precision precision) {
  return precision == Precision::bf16 || precision == Precision::fp16;
}

/// As --precision spells it.
inline std::string name_of(Precision precision) {
  constexpr const char* names[] = {"fp32", "fp64", "bf16", "fp16"};
  return names[static_cast<int>(precision)];
}

inline Precision precision_named(const std::string& name) {
  for (const Precision known :
       {Precision::fp32, Precision::fp64, Precision::bf16, Precision::fp16}) {
    if (name_of(known) == name) return known;
  }
  fail("--precision {}: expected fp32, fp64, bf16 or fp16", name);
}

}  // namespace dinobench
