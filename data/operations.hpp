// Transforms by their text, as the command line gives them: "resize=224x224:bicubic", "hflip".
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "data/image.hpp"

namespace dinobench {

using Operation = std::function<void(Image&)>;

/// NAME or NAME=VALUE. Input Errors: an unknown name (the nearest one is given), a malformed value
/// (the expected form is given).
Operation parse_operation(std::string_view text);

/// All forms on one line: "crop=left,top,width,height, resize=WxH[:FILTER], ...".
std::string operation_forms();

}  // namespace dinobench
