// Bytes as text of a data: address.
#pragma once

#include <string>
#include <string_view>

namespace dinobench {

/// RFC 4648, section 4: with padding, without line breaks.
std::string base64(std::string_view bytes);

}  // namespace dinobench
