// A part of a labelled training set: low-shot evaluations.
#pragma once

#include <cstdint>
#include <string>

#include "core/options.hpp"
#include "eval/labelled_splits.hpp"

namespace dinobench {

/// Which training images have a label; by default all.
struct LabelSubset {
  double fraction = 1;
  std::string list;  // file of paths
  bool all() const { return fraction == 1 && list.empty(); }
};
/// --label_fraction and --train_list. Input Errors: a fraction outside (0, 1], both given.
void read_options(Options& options, LabelSubset& subset);

/// The images of the subset, in the order of the whole set, whose classes stay. A fraction F takes
/// the first ceil(F n) of the n images of each class, in the order of the numbers drawn at address
/// (seed, "label fraction", {index in the set}). A list has one path a line, relative to the
/// training folder, or a file name alone where the file names of the set differ, as in the official
/// lists of 1 % and 10 % of ImageNet. Input Errors: a name that is not in the set, means several
/// images or comes twice; an empty list.
Dataset labelled_subset(const Dataset& dataset, const LabelSubset& subset, uint64_t seed);

/// open_labelled_splits (eval/labelled_splits.hpp) with that part of the training folder alone.
LabelledSplits open_labelled_subset(const std::string& data_path, const std::string& train_split,
                                    const std::string& val_split, const LabelSubset& subset,
                                    uint64_t seed);

}  // namespace dinobench
