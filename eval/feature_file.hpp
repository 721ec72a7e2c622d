// Features on disk: /train/{features,labels,paths} and /val/{features,labels,paths}.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "eval/features.hpp"

namespace dinobench {

/// Groups of one file by name. Whole or not at all. features float32 [N, D] as extracted, labels
/// int64 [N], paths text [N].
void save_features(const std::map<std::string, const FeatureBank*>& groups,
                   const std::filesystem::path& path);

/// The groups train and val.
void save_features(const FeatureBank& train, const FeatureBank& val,
                   const std::filesystem::path& path);

/// Reads one split ("train" or "val"). Input Errors name the file and what does not fit: types,
/// counts, negative labels.
FeatureBank load_features(const std::filesystem::path& path, const std::string& split);

}  // namespace dinobench
