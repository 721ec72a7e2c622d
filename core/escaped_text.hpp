// Text inside JSON, XML and HTML.
#pragma once

#include <string>
#include <string_view>

namespace dinobench {

/// A JSON string with its quotes; control characters as \u00XX, bytes that are not UTF-8 as U+FFFD.
std::string json_text(std::string_view text);

/// For XML 1.0 and HTML, in text and in quoted attributes: & < > " ' escaped; characters that XML
/// does not know (most control characters) and bytes that are not UTF-8 become U+FFFD.
std::string markup_text(std::string_view text);

/// A JSON number with all its digits; null for what JSON has no number for (NaN, infinity).
std::string json_number(double value);

}  // namespace dinobench
