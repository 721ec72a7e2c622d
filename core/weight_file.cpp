// One door to all formats of weights.
#include "core/weight_file.hpp"

#include "core/file_bytes.hpp"
#include "core/safetensors.hpp"
#include "core/torch_file.hpp"

namespace dinobench {
namespace {

bool is_safetensors_name(const std::filesystem::path& path) {
  return path.extension() == ".safetensors";
}

bool has_safetensors(const std::filesystem::path& path) {
  return naming_file(path, [&] {
    FileBytes file(path);
    return is_safetensors(file.first(9), file.size());
  });
}

}  // namespace

Value load_weight_file(const std::filesystem::path& path) {
  return has_safetensors(path) ? load_safetensors(path) : load_torch_file(path);
}

bool is_weight_file_name(const std::filesystem::path& path) {
  return path.extension() == ".pth" || path.extension() == ".pt" || is_safetensors_name(path);
}

void save_weight_file(const Value& value, const std::filesystem::path& path) {
  require(is_weight_file_name(path), "{}: expected a name that ends in .pth, .pt or .safetensors",
          path.string());
  if (is_safetensors_name(path))
    save_safetensors(value, path);
  else
    save_torch_file(value, path);
}

}  // namespace dinobench
