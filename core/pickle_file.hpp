// Pickles of built-in types alone, as data sets ship their annotations.
#pragma once

#include <filesystem>

#include "core/pickle_value.hpp"

namespace dinobench {

/// Reads a pickle file of protocol 2 to 5 made of None, bool, int, float, str, bytes (as text),
/// list, tuple (as a list) and dict: the gnd_*.pkl of revisited Oxford and Paris, for example. Any
/// name of a class or function is refused; nothing is imported or run. Input Errors name the file.
Value load_pickle_file(const std::filesystem::path& path);

}  // namespace dinobench
