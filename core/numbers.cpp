// Numbers by std::from_chars: no locale, no hexadecimal, no trailing characters.
#include "core/numbers.hpp"

#include <charconv>
#include <cmath>

#include "core/error.hpp"

namespace dinobench {
namespace {

// from_chars knows '-' but not '+'.
std::string_view without_plus(std::string_view word) {
  const bool signed_twice = word.size() > 1 && (word[1] == '-' || word[1] == '+');
  return word.size() > 1 && word[0] == '+' && !signed_twice ? word.substr(1) : word;
}

// Parses the whole of `word`; invalid_argument when characters are left over.
template <class Number>
std::errc parse_whole(std::string_view word, Number& number) {
  const std::string_view text = without_plus(word);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return end == text.data() + text.size() ? error : std::errc::invalid_argument;
}

bool has_digit(std::string_view word) {
  return word.find_first_of("0123456789") != std::string_view::npos;
}

}  // namespace

bool looks_like_number(std::string_view word) {
  double number = 0;
  return has_digit(word) && word.find_first_not_of("0123456789+-.eE") == std::string_view::npos &&
         parse_whole(word, number) != std::errc::invalid_argument;
}

int64_t parse_int(std::string_view word, std::string_view label) {
  int64_t number = 0;
  const std::errc error = parse_whole(word, number);
  require(error != std::errc::result_out_of_range, "{}: '{}' is too large for a whole number",
          label, word);
  require(error == std::errc{}, "{}: '{}' is not a whole number", label, word);
  return number;
}

double parse_double(std::string_view word, std::string_view label) {
  double number = 0;
  const std::errc error = parse_whole(word, number);
  require(error != std::errc::result_out_of_range, "{}: '{}' is out of range", label, word);
  require(error == std::errc{} && std::isfinite(number), "{}: '{}' is not a number", label, word);
  return number;
}

}  // namespace dinobench
