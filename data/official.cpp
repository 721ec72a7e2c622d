// ImageNet, VOC and DAVIS: their published counts.
#include "data/official.hpp"

#include <algorithm>

#include "data/davis.hpp"
#include "data/folder_walk.hpp"
#include "data/voc.hpp"

namespace dinobench {

void Findings::count(const std::string& what, const std::string& things, int64_t seen,
                     int64_t expected) {
  say(seen == expected,
      fmt::format("{}: {} {}{}", what, seen, things,
                  seen == expected ? "" : fmt::format(", expected {}", expected)));
}

namespace official {
namespace {

namespace fs = std::filesystem;

/// A WordNet id: 'n' and eight digits.
bool names_a_synset(const std::string& name) {
  return name.size() == 9 && name[0] == 'n' &&
         std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void imagenet(const fs::path& root, Findings& findings) {
  for (const auto& [split, images] : {std::pair{"train", 1281167}, {"val", 50000}}) {
    const std::vector<std::string> classes = sub_folders(root / split);
    int64_t total = 0, odd = 0, uneven = 0;
    for (const std::string& name : classes) {
      const auto count = static_cast<int64_t>(images_in(root / split / name).size());
      total += count;
      odd += names_a_synset(name) ? 0 : 1;
      // 50 a class to judge on; 732 to 1,300 to learn from.
      uneven += images == 50000 ? count != 50 : count < 732 || count > 1300;
    }
    findings.count(split, "classes", static_cast<int64_t>(classes.size()), 1000);
    findings.count(split, "images", total, images);
    findings.count(split, "folders that are no WordNet id (n and eight digits)", odd, 0);
    findings.count(split, "classes of another size than published", uneven, 0);
  }
}

void voc2012(const fs::path& root, Findings& findings) {
  for (const auto& [split, images] : {std::pair{"train", 1464}, {"val", 1449}})
    for (const std::string masks : {"SegmentationObject", "SegmentationClass"})
      findings.count(fmt::format("{} with {}", split, masks), "images",
                     static_cast<int64_t>(open_voc(root, split, masks).files.size()), images);
}

void davis2017(const fs::path& root, Findings& findings) {
  struct Expected {
    const char* set;
    int64_t sequences, frames;
  };
  for (const Expected& expected : {Expected{"2017/train", 60, 4209}, {"2017/val", 30, 1999}}) {
    const Davis davis = open_davis(root, expected.set, "480p", FramesFrom::images);
    int64_t frames = 0, annotated = 0;
    for (const Sequence& sequence : davis.sequences) {
      frames += static_cast<int64_t>(sequence.frames.size());
      annotated += sequence.annotated() ? 1 : 0;
    }
    findings.count(expected.set, "sequences", static_cast<int64_t>(davis.sequences.size()),
                   expected.sequences);
    findings.count(expected.set, "frames", frames, expected.frames);
    findings.count(expected.set, "annotated sequences", annotated, expected.sequences);
  }
}

[[maybe_unused]] const bool registered =
    OfficialSets::add({"imagenet", "DIR/{train,val}/<WordNet id>/*.JPEG, 1,000 classes",
                       "Russakovsky et al. 2015 (ILSVRC 2012)", imagenet}) &&
    OfficialSets::add({"voc2012", "DIR is VOC2012: JPEGImages, SegmentationObject, ...",
                       "Everingham et al. 2012", voc2012}) &&
    OfficialSets::add({"davis2017",
                       "DIR is DAVIS: JPEGImages/480p, Annotations/480p, ImageSets/2017",
                       "Pont-Tuset et al. 2017", davis2017});

}  // namespace
}  // namespace official
}  // namespace dinobench
