// A RecordDiff as text and as a page.
#pragma once

#include <filesystem>
#include <string>

#include "tools/record_diff.hpp"

namespace dinobench {

struct DiffView {
  std::string then_file, now_file;
  int64_t most = 50;      // flipped answers shown of each evaluation and question
  double rtol = 1e-5;     // said beside the series
  std::string data_path;  // where the images lie; "": no thumbnails
};

/// Sections with a heading each, only those that have something to say, and one last line.
std::string diff_text(const RecordDiff& diff, const DiffView& view);

/// One HTML page with everything in it: thumbnails are data: addresses, nothing is fetched.
std::string diff_page(const RecordDiff& diff, const DiffView& view);

/// "equal" or "different: 2 options and attributes, 1 metric ...".
std::string diff_summary(const RecordDiff& diff);

/// One section of a report: a heading and rows, of which the first are titles. `images` are the
/// columns that hold paths of images.
struct DiffSection {
  std::string heading;
  std::vector<std::vector<std::string>> rows;
  std::vector<size_t> images = {};
};
std::vector<DiffSection> diff_sections(const RecordDiff& diff, const DiffView& view);

}  // namespace dinobench
