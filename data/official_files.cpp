// Single files with a published checksum: archives of data sets, released weights.
#include "core/file_digest.hpp"
#include "data/official.hpp"

namespace dinobench::official_files {
namespace {

namespace fs = std::filesystem;

struct Known {
  const char* name;
  Digest digest;
  const char* sum;
};

// MD5 sums as torchvision checks them; SHA-256 of a published copy of the weights.
constexpr Known kFiles[] = {
    {"ILSVRC2012_img_train.tar", Digest::md5, "1d675b47d978889d74fa0da5fadfb00e"},
    {"ILSVRC2012_img_val.tar", Digest::md5, "29b22e2961454d5413ddabcf34fc5622"},
    {"ILSVRC2012_devkit_t12.tar.gz", Digest::md5, "fa75699e90414af021442c21a62c3abf"},
    {"VOCtrainval_11-May-2012.tar", Digest::md5, "6cd6e144f989b92b3379bac3b3de84fd"},
    {"dino_vitbase16_pretrain.pth", Digest::sha256,
     "bf34ad0f424b9029b593e8dc3ed553bf26e88bcba0d32bf3e62a6209cb64c85e"},
};

void verify(const fs::path& root, Findings& findings) {
  int64_t found = 0;
  for (const Known& known : kFiles) {
    const fs::path path = root / known.name;
    if (!fs::exists(path)) continue;
    ++found;
    const std::string sum = file_digest(path, known.digest);
    const bool good = sum == known.sum;
    findings.say(good, fmt::format("{}: {}", known.name,
                                   good ? "the published checksum"
                                        : fmt::format("{}, published is {}", sum, known.sum)));
  }
  std::string names;
  for (const Known& known : kFiles)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
  require(found > 0, "{}: holds none of the files with a published checksum ({})", root.string(),
          names);
}

[[maybe_unused]] const bool registered =
    OfficialSets::add({"files", "DIR with archives or weights whose checksum is public",
                       "torchvision; published weights", verify});

}  // namespace
}  // namespace dinobench::official_files
