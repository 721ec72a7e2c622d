// The formatting library, compiled once: all other files see its declarations alone, which takes
// two thirds off the time that a light file needs to compile.
#include <fmt/format-inl.h>

// What <fmt/format.h> declares and leaves to one file of the program.
template auto fmt::detail::dragonbox::to_decimal(float) noexcept -> decimal_fp<float>;
template auto fmt::detail::dragonbox::to_decimal(double) noexcept -> decimal_fp<double>;
template auto fmt::detail::thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;
template auto fmt::detail::decimal_point_impl(locale_ref) -> char;
