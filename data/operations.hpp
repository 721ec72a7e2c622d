// Transforms by their text, as the command line gives them: "resize=224x224:bicubic", "hflip".
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/image.hpp"

namespace dinobench {

using Operation = std::function<void(Image&)>;

/// NAME or NAME=VALUE. Input Errors: an unknown name (the nearest one is given), a malformed value
/// (the expected form is given).
Operation parse_operation(std::string_view text);

/// "hflip  mirrors left and right" lines, in the order of the table.
std::vector<std::string> operation_help();

}  // namespace dinobench
