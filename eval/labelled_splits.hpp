// A training and a validation folder that share their classes.
#pragma once

#include <string>

#include "data/dataset.hpp"

namespace dinobench {

struct LabelledSplits {
  Dataset train, val;               // labels of both are indices into train.classes
  std::string fingerprint() const;  ///< of both together
};

/// Opens data_path/train_split and data_path/val_split. Labels follow class names, not positions: a
/// validation folder that lacks a class keeps the right labels. Input Errors: either is missing,
/// empty or without classes, or val has a class that train has not (named).
LabelledSplits open_labelled_splits(const std::string& data_path, const std::string& train_split,
                                    const std::string& val_split);

}  // namespace dinobench
