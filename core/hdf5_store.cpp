// The layout of a record in HDF5.
#include "core/hdf5_store.hpp"

#include "core/error.hpp"
#include "core/hdf5_file.hpp"

namespace dinobench {
namespace {

void write_metric(Hdf5Writer& file, const std::string& path, const Metric& metric) {
  file.scalar(path, metric.value);
  file.attribute(path, "unit", metric.unit);
  file.attribute(path, "n", metric.n);
  file.attribute(path, "ci_low", metric.ci_low);
  file.attribute(path, "ci_high", metric.ci_high);
}

void write_evaluation(Hdf5Writer& file, const std::string& path, const EvaluationRecord& record) {
  file.group(path);
  for (const auto& [name, value] : record.attributes) file.attribute(path, name, value);
  file.group(path + "/metrics");
  for (const auto& [name, metric] : record.metrics)
    write_metric(file, path + "/metrics/" + name, metric);
  file.group(path + "/raw");
  for (const auto& [name, array] : record.raw)
    file.array(path + "/raw/" + name, array, Packing::deflate);
}

template <class Elements>
Elements take(const Hdf5Reader& file, const std::string& path, const char* expected) {
  Array array = file.array(path);
  Elements* values = std::get_if<Elements>(&array.values);
  require(values != nullptr && !values->empty(), "{}: not {}", path, expected);
  return std::move(*values);
}

// Series may lie in groups of their own, e.g. norms/<parameter>.
void read_series(const Hdf5Reader& file, const std::string& group, const std::string& prefix,
                 std::map<std::string, std::vector<double>>& out) {
  for (const std::string& name : file.children(group)) {
    const std::string path = group + "/" + name;
    if (file.is_group(path)) {
      read_series(file, path, prefix + name + "/", out);
      continue;
    }
    Array array = file.array(path);
    auto* values = std::get_if<std::vector<double>>(&array.values);
    require(values != nullptr && array.shape.size() == 1, "{}: not a float64 series", path);
    out[prefix + name] = std::move(*values);
  }
}

template <class Type>
Type attribute_of(const Attributes& attributes, const std::string& path, const std::string& name) {
  const auto at = attributes.find(name);
  const Type* value = at == attributes.end() ? nullptr : std::get_if<Type>(&at->second);
  require(value != nullptr, "{}: attribute '{}' is missing or of another type", path, name);
  return *value;
}

Metric read_metric(const Hdf5Reader& file, const std::string& path) {
  const Attributes attributes = file.attributes(path);
  Metric metric;
  metric.value = take<std::vector<double>>(file, path, "a float64 number").front();
  metric.unit = attribute_of<std::string>(attributes, path, "unit");
  metric.n = attribute_of<int64_t>(attributes, path, "n");
  metric.ci_low = attribute_of<double>(attributes, path, "ci_low");
  metric.ci_high = attribute_of<double>(attributes, path, "ci_high");
  return metric;
}

EvaluationRecord read_evaluation(const Hdf5Reader& file, const std::string& path) {
  EvaluationRecord record;
  record.attributes = file.attributes(path);
  for (const std::string& name : file.children(path + "/metrics"))
    record.metrics[name] = read_metric(file, path + "/metrics/" + name);
  for (const std::string& name : file.children(path + "/raw"))
    record.raw[name] = file.array(path + "/raw/" + name);
  return record;
}

void check_schema(const Attributes& attributes) {
  const auto at = attributes.find("schema_version");
  const int64_t* version = at == attributes.end() ? nullptr : std::get_if<int64_t>(&at->second);
  require(version != nullptr, "not a record of dinobench (no schema_version)");
  require(*version >= 1 && *version <= record_schema_version,
          "schema version {} is newer than {}, the newest known here", *version,
          record_schema_version);
}

RunRecord read_record(const Hdf5Reader& file) {
  RunRecord record;
  record.attributes = file.attributes("/");
  check_schema(record.attributes);
  for (const std::string& name : file.children("/options"))
    record.options[name] = take<std::vector<std::string>>(file, "/options/" + name, "text").front();
  read_series(file, "/train", "", record.train);
  for (const std::string& name : file.children("/eval"))
    record.eval[name] = read_evaluation(file, "/eval/" + name);
  return record;
}

void write_record(const RunRecord& record, Hdf5Writer& file) {
  for (const auto& [name, value] : record.attributes)
    if (name != "schema_version") file.attribute("/", name, value);
  file.attribute("/", "schema_version", record_schema_version);
  file.group("/options");
  for (const auto& [name, value] : record.options) file.text("/options/" + name, value);
  file.group("/train");
  for (const auto& [name, values] : record.train)
    file.array("/train/" + name, {{static_cast<int64_t>(values.size())}, values}, Packing::deflate);
  file.group("/eval");
  for (const auto& [name, evaluation] : record.eval)
    write_evaluation(file, "/eval/" + name, evaluation);
}

}  // namespace

void save_record(const RunRecord& record, const std::filesystem::path& path) {
  Hdf5Writer file(path);
  write_record(record, file);
  file.commit();
}

std::string record_bytes(const RunRecord& record, const std::filesystem::path& path) {
  Hdf5Writer file(path);
  write_record(record, file);
  return file.bytes();
}

RunRecord load_record(const std::filesystem::path& path) {
  const Hdf5Reader file(path);
  try {
    return read_record(file);
  } catch (const Error& error) {
    const std::string message = error.what();
    const bool named = message.starts_with(path.string());
    fail("{}", named ? message : path.string() + ": " + message);
  }
}

}  // namespace dinobench
