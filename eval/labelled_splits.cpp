// Opening two folders and matching their classes by name.
#include "eval/labelled_splits.hpp"

#include <algorithm>
#include <span>

#include "core/atomic_file.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace labelled_splits {
namespace {

void relabel(Dataset& val, const Dataset& train) {
  std::vector<int64_t> label_of;
  for (const std::string& name : val.classes) {
    const auto at = std::lower_bound(train.classes.begin(), train.classes.end(), name);
    require(at != train.classes.end() && *at == name, "class '{}' of {} is not in {}", name,
            val.root.string(), train.root.string());
    label_of.push_back(at - train.classes.begin());
  }
  for (Sample& sample : val.samples) sample.label = label_of[static_cast<size_t>(sample.label)];
  val.classes = train.classes;
}

}  // namespace
}  // namespace labelled_splits

std::string LabelledSplits::fingerprint() const {
  const std::string both = train.fingerprint() + val.fingerprint();
  return sha256_hex(std::as_bytes(std::span(both)));
}

LabelledSplits open_labelled_splits(const std::string& data_path, const std::string& train_split,
                                    const std::string& val_split) {
  const std::filesystem::path root = data_path;
  require(std::filesystem::is_directory(root),
          "--data_path '{}': expected a folder that holds {} and {}", data_path, train_split,
          val_split);
  LabelledSplits splits{open_labelled_dataset(root / train_split),
                        open_labelled_dataset(root / val_split)};
  labelled_splits::relabel(splits.val, splits.train);
  return splits;
}

}  // namespace dinobench
