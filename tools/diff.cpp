// dinobench diff: why a number moved.
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/hdf5_store.hpp"
#include "tools/diff_report.hpp"
#include "tools/session.hpp"

namespace dinobench::diff_command {
namespace {

constexpr int kDiffers = 1;

int run(Options& options, Session& session) {
  DiffView view;
  std::string output;
  options.get("rtol", view.rtol, "relative difference that counts as rounding in a series");
  options.get("max_answers", view.most, "flipped answers shown of each evaluation and k or block");
  options.get("output", output, "HTML page to write as well");
  options.get("data_path", view.data_path, "folder of the images, for the page's thumbnails");
  ready(options, session);
  const std::vector<std::string> files = options.positional();
  require(files.size() == 2, "diff needs two records, got {}: dinobench diff A.h5 B.h5",
          files.size());
  require(view.rtol >= 0, "--rtol {}: expected 0 or more", view.rtol);
  require(view.most >= 0, "--max_answers {}: expected 0 or more", view.most);
  if (session.comm.rank() != 0) return 0;
  view.then_file = files[0];
  view.now_file = files[1];
  const RecordDiff diff = diff_records(load_record(files[0]), load_record(files[1]), view.rtol);
  if (!output.empty()) {
    AtomicFile file(output);
    file.write(diff_page(diff, view));
    file.commit();
  }
  std::string text = diff_text(diff, view);
  text.pop_back();  // line() ends it
  session.console.line(text);
  return diff.equal() ? 0 : kDiffers;
}

[[maybe_unused]] const bool registered = Commands::add(
    {"diff", "diff A.h5 B.h5 [--output F.html --data_path DIR]",
     "why a number moved: options, first steps that part, metrics, answers that flipped", run});

}  // namespace
}  // namespace dinobench::diff_command
