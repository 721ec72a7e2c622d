// By share of each class, or by name.
#include "eval/label_subset.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <vector>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/random.hpp"

namespace dinobench {
namespace label_subset {
namespace {

std::vector<char> drawn(const Dataset& dataset, double fraction, uint64_t seed) {
  std::map<int64_t, std::vector<std::pair<uint32_t, size_t>>> classes;  // number drawn, index
  for (size_t i = 0; i < dataset.samples.size(); ++i)
    classes[dataset.samples[i].label].emplace_back(Rng(seed, "label fraction", {i}).bits(), i);
  std::vector<char> taken(dataset.samples.size(), 0);
  for (auto& [label, order] : classes) {
    std::sort(order.begin(), order.end());
    const double exact = fraction * static_cast<double>(order.size());
    // 0.1 * 30 is a little more than 3 in floating point, and is meant as 3.
    const auto count = static_cast<size_t>(std::ceil(exact - 1e-9 * exact));
    for (size_t i = 0; i < std::min(count, order.size()); ++i) taken[order[i].second] = 1;
  }
  return taken;
}

constexpr size_t kSeveral = static_cast<size_t>(-1);

/// Index by path and by file name; kSeveral where a file name is not unique.
std::map<std::string, size_t> names_of(const Dataset& dataset) {
  std::map<std::string, size_t> out;
  for (size_t i = 0; i < dataset.samples.size(); ++i) {
    const std::string& id = dataset.samples[i].id;
    out[id] = i;
    if (const size_t slash = id.rfind('/'); slash != std::string::npos)
      if (const auto [at, fresh] = out.emplace(id.substr(slash + 1), i); !fresh)
        at->second = kSeveral;
  }
  return out;
}

std::vector<char> listed(const Dataset& dataset, const std::string& list) {
  const std::map<std::string, size_t> names = names_of(dataset);
  std::vector<char> taken(dataset.samples.size(), 0);
  std::istringstream lines(read_file(list));
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty()) continue;
    const auto found = names.find(line);
    require(found != names.end(), "--train_list {}, line {}: '{}' is not in {}", list, number, line,
            dataset.root.string());
    require(found->second != kSeveral,
            "--train_list {}, line {}: several images of {} are called '{}', expected a path", list,
            number, dataset.root.string(), line);
    require(taken[found->second] == 0, "--train_list {}, line {}: '{}' comes twice", list, number,
            line);
    taken[found->second] = 1;
  }
  require(std::find(taken.begin(), taken.end(), 1) != taken.end(), "--train_list {}: no path in it",
          list);
  return taken;
}

}  // namespace
}  // namespace label_subset

void read_options(Options& options, LabelSubset& subset) {
  options.get("label_fraction", subset.fraction,
              "share of each class's training images that are used, drawn by --seed");
  options.get("train_list", subset.list,
              "file that names the training images to use, one path a line; none: all");
  require(subset.fraction > 0 && subset.fraction <= 1,
          "--label_fraction {}: expected above 0 and at most 1", subset.fraction);
  require(subset.fraction == 1 || subset.list.empty(),
          "--label_fraction and --train_list both choose training images: give one of them");
}

Dataset labelled_subset(const Dataset& dataset, const LabelSubset& subset, uint64_t seed) {
  if (subset.all()) return dataset;
  const std::vector<char> taken = subset.list.empty()
                                      ? label_subset::drawn(dataset, subset.fraction, seed)
                                      : label_subset::listed(dataset, subset.list);
  Dataset out = dataset;
  out.samples.clear();
  for (size_t i = 0; i < taken.size(); ++i)
    if (taken[i] != 0) out.samples.push_back(dataset.samples[i]);
  return out;
}

LabelledSplits open_labelled_subset(const std::string& data_path, const std::string& train_split,
                                    const std::string& val_split, const LabelSubset& subset,
                                    uint64_t seed) {
  LabelledSplits splits = open_labelled_splits(data_path, train_split, val_split);
  splits.train = labelled_subset(splits.train, subset, seed);
  return splits;
}

}  // namespace dinobench
