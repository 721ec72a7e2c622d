// Features on disk: /train/{features,labels,paths} and /val/{features,labels,paths}.
#pragma once

#include <filesystem>

#include "eval/features.hpp"

namespace dinobench {

/// Whole or not at all. features float32 [N, D] as extracted, labels int64 [N], paths text [N].
void save_features(const FeatureBank& train, const FeatureBank& val,
                   const std::filesystem::path& path);

/// Reads one split ("train" or "val"). Input Errors name the file and what does not fit: types,
/// counts, negative labels.
FeatureBank load_features(const std::filesystem::path& path, const std::string& split);

}  // namespace dinobench
