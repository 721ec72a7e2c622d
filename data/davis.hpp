// The DAVIS layout: ImageSets/<set>.txt, JPEGImages/<resolution>/<sequence>/<frame>.jpg and
// Annotations/<resolution>/<sequence>/<frame>.png.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/mask.hpp"

namespace dinobench {

struct Sequence {
  std::string name;
  std::vector<std::string> frames;                 // names without suffix, in byte order
  std::vector<std::filesystem::path> images;       // of the frames; none if they were not asked for
  std::vector<std::filesystem::path> annotations;  // of every frame, or of the first alone

  bool annotated() const { return annotations.size() == frames.size(); }
  /// The official measure leaves out the first frame, which is given, and the last.
  bool scored() const { return annotated() && frames.size() > 2; }
};

struct Davis {
  std::filesystem::path root;
  std::vector<Sequence> sequences;  // in the order of the list
  std::string fingerprint() const;  ///< SHA-256 over names and sizes of all files
};

/// What the frames of a sequence are: its images, each with an annotation or only the first; or, to
/// score given masks, its annotations alone.
enum class FramesFrom { images, annotations };

/// Input Errors name the list and its line, or the file or folder that is missing: an entry without
/// a folder, a sequence without its first annotation, or with some but not all.
Davis open_davis(const std::filesystem::path& root, const std::string& set,
                 const std::string& resolution, FramesFrom from);

/// Indices of objects, 255 for void. An 8-bit grey mask of 0 and 255 alone is a binary one, as in
/// DAVIS-2016: its 255 becomes object 1.
Mask read_annotation(const std::filesystem::path& path);

/// How many objects a first annotation names: its largest index but void. Input Error if it names
/// none, or if a grey mask holds values that count no objects (gaps: it was not written as
/// indices).
int64_t count_objects(const Mask& first, const std::filesystem::path& path);

/// Reads every annotation and the first frame: all have the size of the first, and a grey one holds
/// no index beyond its objects. Input Errors name the file.
void check_annotations(const Sequence& sequence);

}  // namespace dinobench
