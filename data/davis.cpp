// Opening a set of sequences: which frames there are, and which of them are annotated.
#include "data/davis.hpp"

#include <fmt/format.h>

#include <set>
#include <sstream>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/dataset.hpp"
#include "data/folder_walk.hpp"

namespace dinobench {
namespace {

namespace fs = std::filesystem;

struct ListedSequence {
  std::string name, where;  // where: "val.txt, line 3"
};

std::string trimmed(const std::string& line) {
  const size_t first = line.find_first_not_of(" \t\r"), last = line.find_last_not_of(" \t\r");
  return first == std::string::npos ? "" : line.substr(first, last - first + 1);
}

std::vector<ListedSequence> entries_of(const fs::path& list) {
  require(fs::is_regular_file(list), "{}: no such list; expected the root of a DAVIS set",
          list.string());
  std::vector<ListedSequence> entries;
  std::set<std::string> seen;
  std::istringstream lines(read_file(list));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string name = trimmed(line),
                      where = fmt::format("{}, line {}", list.string(), number);
    if (name.empty()) continue;
    require(name.find_first_of("/\\") == std::string::npos && name != "." && name != "..",
            "{}: '{}' is not the name of a sequence", where, name);
    require(seen.insert(name).second, "{}: sequence '{}' is named twice", where, name);
    entries.push_back({name, where});
  }
  require(!entries.empty(), "{}: the list names no sequence", list.string());
  return entries;
}

fs::path existing_folder(const fs::path& folder, const ListedSequence& entry) {
  require(fs::is_directory(folder), "{}: sequence '{}': no folder {}", entry.where, entry.name,
          folder.string());
  return folder;
}

/// Files of a folder, in byte order; those that begin with a dot are not of the set.
std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const std::string& name : images_in(folder))
    if (!name.starts_with(".")) files.push_back(folder / name);
  require(!files.empty(), "{}: the folder holds no frame", folder.string());
  return files;
}

std::vector<fs::path> annotations_of(const Sequence& sequence, const fs::path& folder) {
  std::vector<fs::path> all;
  std::vector<bool> there;
  size_t count = 0;
  for (const std::string& frame : sequence.frames) {
    all.push_back(folder / (frame + ".png"));
    there.push_back(fs::exists(all.back()));
    count += there.back();
  }
  require(there[0], "{}: the annotation of the first frame is missing", all[0].string());
  if (count == 1) return {all[0]};
  for (size_t i = 0; i < all.size(); ++i)
    require(there[i],
            "{}: this annotation is missing; {} of {} frames are annotated, expected all or the "
            "first alone",
            all[i].string(), count, all.size());
  return all;
}

Sequence open_sequence(const fs::path& root, const std::string& resolution,
                       const ListedSequence& entry, FramesFrom from) {
  Sequence sequence{entry.name, {}, {}, {}};
  const fs::path images = root / "JPEGImages" / resolution / entry.name;
  const fs::path annotations = root / "Annotations" / resolution / entry.name;
  existing_folder(annotations, entry);
  const bool with_images = from == FramesFrom::images;
  const auto files = files_in(with_images ? existing_folder(images, entry) : annotations);
  for (const fs::path& file : files) {
    require(sequence.frames.empty() || sequence.frames.back() != file.stem(),
            "{}: two files of one frame", file.string());
    sequence.frames.push_back(file.stem());
    if (with_images) sequence.images.push_back(file);
  }
  sequence.annotations = annotations_of(sequence, annotations);
  return sequence;
}

}  // namespace

Davis open_davis(const fs::path& root, const std::string& set, const std::string& resolution,
                 FramesFrom from) {
  Davis davis{root, {}};
  for (const ListedSequence& entry : entries_of(root / "ImageSets" / (set + ".txt")))
    davis.sequences.push_back(open_sequence(root, resolution, entry, from));
  return davis;
}

std::string Davis::fingerprint() const {
  Dataset files{"davis", root, {}, {}};
  for (const Sequence& sequence : sequences)
    for (const auto* list : {&sequence.images, &sequence.annotations})
      for (const fs::path& file : *list)
        files.samples.push_back({file.lexically_relative(root).generic_string(), -1});
  return files.fingerprint();
}

}  // namespace dinobench
