// Revisited Oxford and Paris, Copydays: their published counts.
#include "data/copydays.hpp"
#include "data/landmarks.hpp"
#include "data/official.hpp"

namespace dinobench::official_retrieval {
namespace {

namespace fs = std::filesystem;

void landmarks(const fs::path& root, const std::string& name, int64_t images, Findings& findings) {
  const LandmarkSet set = open_landmarks(root.string(), name, false);
  findings.count(name, "images to search in", set.database.size(), images);
  findings.count(name, "queries", set.queries.size(), 70);
  int64_t lost = 0;
  for (const LandmarkTruth& truth : set.truth) lost += truth.easy.empty() && truth.hard.empty();
  findings.count(name, "queries without any image to find", lost, 0);
}

void roxford5k(const fs::path& root, Findings& findings) {
  landmarks(root, "roxford5k", 4993, findings);
}
void rparis6k(const fs::path& root, Findings& findings) {
  landmarks(root, "rparis6k", 6322, findings);
}

void copydays(const fs::path& root, Findings& findings) {
  int64_t crops = 0, qualities = 0;
  for (const CopydaysBlock& block : open_copydays(root)) {
    findings.count(block.name, "images", block.images.size(), block.name == "strong" ? 229 : 157);
    crops += block.name.starts_with("crops_");
    qualities += block.name.starts_with("jpegqual_");
    int64_t strays = 0;
    for (const auto& originals : block.positives) strays += originals.empty();
    findings.count(block.name, "copies of no original", strays, 0);
  }
  findings.count("crops", "strengths", crops, 9);
  findings.count("jpegqual", "qualities", qualities, 9);
}

[[maybe_unused]] const bool registered =
    OfficialSets::add({"roxford5k", "DIR/roxford5k/{gnd_roxford5k.pkl,jpg/}",
                       "Radenovic et al. 2018", roxford5k}) &&
    OfficialSets::add(
        {"rparis6k", "DIR/rparis6k/{gnd_rparis6k.pkl,jpg/}", "Radenovic et al. 2018", rparis6k}) &&
    OfficialSets::add({"copydays", "DIR/{original,strong,crops/<n>,jpegqual/<n>}",
                       "Douze et al. 2009 (INRIA)", copydays});

}  // namespace
}  // namespace dinobench::official_retrieval
