// The pickle machine without a single name.
#include "core/pickle_file.hpp"

#include "core/builtin_names.hpp"
#include "core/file_bytes.hpp"

namespace dinobench {

Value load_pickle_file(const std::filesystem::path& path) {
  return naming_file(path, [&] {
    FileBytes file(path);
    const auto bytes = file.at(0, file.size());
    BuiltinNames names;
    return unpickle(bytes, names);
  });
}

}  // namespace dinobench
