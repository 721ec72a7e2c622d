// Feature banks in and out of HDF5.
#include "eval/feature_file.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "core/hdf5_file.hpp"

namespace dinobench {
namespace feature_file {
namespace {

void save_group(Hdf5Writer& writer, const std::string& group, const FeatureBank& bank) {
  const float* values = bank.features.const_data_ptr<float>();
  const auto rows = bank.features.size(0);
  writer.array(
      "/" + group + "/features",
      {{rows, bank.features.size(1)}, std::vector<float>(values, values + bank.features.numel())});
  writer.array("/" + group + "/labels", {{rows}, bank.labels});
  writer.array("/" + group + "/paths", {{rows}, bank.ids});
}

template <class T>
std::vector<T> read(const Hdf5Reader& reader, const std::filesystem::path& path,
                    const std::string& name, size_t dimensions, const char* type,
                    std::vector<int64_t>& shape) {
  Array array = reader.array(name);
  auto* values = std::get_if<std::vector<T>>(&array.values);
  require(values != nullptr && array.shape.size() == dimensions,
          "{}: {} is not a {}-dimensional array of {}", path.string(), name, dimensions, type);
  shape = array.shape;
  return std::move(*values);
}

}  // namespace
}  // namespace feature_file

void save_features(const std::map<std::string, const FeatureBank*>& groups,
                   const std::filesystem::path& path) {
  Hdf5Writer writer(path);
  for (const auto& [name, bank] : groups) feature_file::save_group(writer, name, *bank);
  writer.commit();
}

void save_features(const FeatureBank& train, const FeatureBank& val,
                   const std::filesystem::path& path) {
  save_features({{"train", &train}, {"val", &val}}, path);
}

FeatureBank load_features(const std::filesystem::path& path, const std::string& split) {
  const Hdf5Reader reader(path);
  const std::string group = "/" + split;
  std::vector<int64_t> shape, label_shape, path_shape;
  FeatureBank bank;
  const auto values =
      feature_file::read<float>(reader, path, group + "/features", 2, "float32", shape);
  bank.labels =
      feature_file::read<int64_t>(reader, path, group + "/labels", 1, "int64", label_shape);
  bank.ids = feature_file::read<std::string>(reader, path, group + "/paths", 1, "text", path_shape);
  require(shape[0] > 0 && shape[1] > 0 && label_shape[0] == shape[0] && path_shape[0] == shape[0],
          "{}: {} holds features [{}, {}], {} labels and {} paths", path.string(), group, shape[0],
          shape[1], label_shape[0], path_shape[0]);
  require(*std::min_element(bank.labels.begin(), bank.labels.end()) >= 0,
          "{}: {}/labels holds a negative label; k-NN needs labels", path.string(), group);
  bank.features = at::empty(shape, at::kFloat);
  std::memcpy(bank.features.mutable_data_ptr<float>(), values.data(),
              values.size() * sizeof(float));
  return bank;
}

}  // namespace dinobench
