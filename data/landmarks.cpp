// The ground truth pickle, checked field by field.
#include "data/landmarks.hpp"

#include <cmath>
#include <span>
#include <unordered_set>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/pickle_file.hpp"

namespace dinobench {
namespace landmarks {
namespace {

namespace fs = std::filesystem;

// A value with the words that name it in messages: "gnd_x.pkl: gnd[3].easy[2]".
struct Field {
  const Value& value;
  std::string name;

  template <class Read>
  auto read(Read as) const -> decltype(as(value)) {
    try {
      return as(value);
    } catch (const Error& error) {
      fail("{}: {}", name, error.what());
    }
  }
  int64_t integer() const {
    return read([](const Value& v) { return v.as_int(); });
  }
  double number() const {
    return read([](const Value& v) { return v.as_double(); });
  }
  const std::string& text() const {
    return read([](const Value& v) -> const std::string& { return v.as_text(); });
  }
  const ValueList& list() const {
    return read([](const Value& v) -> const ValueList& { return v.as_list(); });
  }
  Field at(size_t i) const { return {list()[i], name + "[" + std::to_string(i) + "]"}; }
  Field entry(const std::string& key, const char* joint) const {
    const Value* found = read([&key](const Value& v) { return v.find(key); });
    require(found != nullptr, "{} has no '{}'", name, key);
    return {*found, name + joint + key};
  }
};

Value read_truth(const fs::path& path) {
  try {
    return load_pickle_file(path);
  } catch (const Error& error) {
    if (error.exit_code() != static_cast<int>(Failure::input)) throw;
    fail("{} (expected the pickle of a dict with imlist, qimlist and gnd)", error.what());
  }
}

// One image of jpg/ for each name; it must be there.
Dataset images(const Field& names, const fs::path& root) {
  Dataset dataset{"revisited", root, {}, {}};
  require(!names.list().empty(), "{} is empty", names.name);
  for (size_t i = 0; i < names.list().size(); ++i) {
    const Field name = names.at(i);
    const std::string id = "jpg/" + name.text() + ".jpg";
    require(fs::is_regular_file(root / id), "{}: there is no file {}", name.name,
            (root / id).string());
    dataset.samples.push_back({id, -1});
  }
  return dataset;
}

std::vector<int64_t> indices(const Field& list, int64_t images,
                             std::unordered_set<int64_t>& listed) {
  std::vector<int64_t> out;
  for (size_t i = 0; i < list.list().size(); ++i) {
    const Field item = list.at(i);
    const int64_t index = item.integer();
    require(index >= 0 && index < images, "{} is {}, expected 0 to {} (imlist)", item.name, index,
            images - 1);
    require(listed.insert(index).second, "{}: image {} is listed twice for this query", item.name,
            index);
    out.push_back(index);
  }
  return out;
}

LandmarkTruth truth_of(const Field& query, int64_t images) {
  LandmarkTruth truth;
  std::unordered_set<int64_t> listed;
  truth.easy = indices(query.entry("easy", "."), images, listed);
  truth.hard = indices(query.entry("hard", "."), images, listed);
  truth.junk = indices(query.entry("junk", "."), images, listed);
  return truth;
}

Box box_of(const Field& bbx) {
  require(bbx.list().size() == 4, "{} holds {} numbers, expected left, top, right, bottom",
          bbx.name, bbx.list().size());
  int64_t edges[4];
  for (size_t i = 0; i < 4; ++i) {
    const Field edge = bbx.at(i);
    require(std::abs(edge.number()) < 1e9, "{} is {}, expected a pixel", edge.name, edge.number());
    edges[i] = static_cast<int64_t>(std::nearbyint(edge.number()));
  }
  require(edges[2] > edges[0] && edges[3] > edges[1], "{} {} {} {} {}: the box is empty", bbx.name,
          edges[0], edges[1], edges[2], edges[3]);
  return {edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1]};
}

}  // namespace
}  // namespace landmarks

std::string LandmarkSet::fingerprint() const {
  const std::string all = read_file(truth_file) + database.fingerprint() + queries.fingerprint();
  return sha256_hex(std::as_bytes(std::span(all)));
}

LandmarkSet open_landmarks(const std::string& data_path, const std::string& dataset,
                           bool crop_queries) {
  using landmarks::Field;
  const std::filesystem::path root = std::filesystem::path(data_path) / dataset;
  require(!data_path.empty() && std::filesystem::is_directory(root),
          "--data_path '{0}' --dataset {1}: expected a folder {2} that holds gnd_{1}.pkl and jpg",
          data_path, dataset, root.string());
  LandmarkSet set;
  set.truth_file = root / ("gnd_" + dataset + ".pkl");
  const Value value = landmarks::read_truth(set.truth_file);
  const Field file{value, set.truth_file.string()};
  set.database = landmarks::images(file.entry("imlist", ": "), root);
  set.queries = landmarks::images(file.entry("qimlist", ": "), root);
  const Field truth = file.entry("gnd", ": ");
  require(truth.list().size() == set.queries.samples.size(), "{} has {} entries for {} queries",
          truth.name, truth.list().size(), set.queries.size());
  for (size_t q = 0; q < truth.list().size(); ++q) {
    set.truth.push_back(landmarks::truth_of(truth.at(q), set.database.size()));
    if (crop_queries)
      set.queries.samples[q].part = landmarks::box_of(truth.at(q).entry("bbx", "."));
  }
  return set;
}

}  // namespace dinobench
