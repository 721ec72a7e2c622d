// Escapes, character by character of UTF-8.
#include "core/escaped_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace dinobench {
namespace escaped_text {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Bytes of the character that `text` begins with (Unicode's table 3-7); 0: it is not UTF-8.
size_t length_of_first(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  const auto tail = text.substr(1, length - 1);
  if (!std::all_of(tail.begin(), tail.end(), continues)) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || beyond ? 0 : length;
}

/// `escape` sees each character of one byte and says what stands for it; longer ones stay.
template <class Escape>
std::string escaped(std::string_view text, Escape escape) {
  std::string out;
  while (!text.empty()) {
    const size_t length = length_of_first(text);
    if (length == 1)
      out += escape(text[0]);
    else
      out += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

std::string in_json(char c) {
  if (c == '"' || c == '\\') return {'\\', c};
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (static_cast<unsigned char>(c) < 0x20) return fmt::format("\\u{:04x}", c);
  return {c};
}

std::string in_markup(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '\n':
    case '\t':
    case '\r':
      return {c};
    default:
      return static_cast<unsigned char>(c) < 0x20 ? std::string(kReplacement) : std::string{c};
  }
}

}  // namespace
}  // namespace escaped_text

std::string json_text(std::string_view text) {
  return "\"" + escaped_text::escaped(text, escaped_text::in_json) + "\"";
}

std::string markup_text(std::string_view text) {
  return escaped_text::escaped(text, escaped_text::in_markup);
}

std::string json_number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

}  // namespace dinobench
