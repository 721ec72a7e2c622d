// Strict text to number: the whole word or an Error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dinobench {

/// True for words such as "10", "-0.05", "+3", "1e-4" and "1e400": the form counts, not the range.
bool looks_like_number(std::string_view word);

/// Decimal whole number; `label` ("--epochs") begins the message of the input Error.
int64_t parse_int(std::string_view word, std::string_view label);

/// Finite decimal number, with or without exponent; never "inf", "nan" or hexadecimal.
double parse_double(std::string_view word, std::string_view label);

}  // namespace dinobench
