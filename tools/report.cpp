// dinobench report: records in, one page out.
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/hdf5_store.hpp"
#include "tools/report_page.hpp"
#include "tools/session.hpp"

namespace dinobench::report_command {
namespace {

int run(Options& options, Session& session) {
  ReportSettings settings;
  std::string output, pictures;
  options.get("output", output, "the page to write");
  options.get("title", settings.title, "of the page");
  options.get("layouts", settings.layouts,
              "of its tables; none: all that the records have values for");
  options.get("against", settings.against,
              "a row: tables that have it compare the others with it, as `table` does");
  options.get("pictures", pictures,
              "folder of pictures to show; none: those of attention in the records' work folders");
  ready(options, session);
  settings.output = output;
  settings.pictures = pictures;
  const std::vector<std::string> files = options.positional();
  require(!files.empty(), "report needs records: dinobench report FILES... --output F.html");
  require(!output.empty(), "report needs --output: the page to write");
  if (session.comm.rank() != 0) return 0;

  std::vector<NamedRecord> records;
  for (const std::string& file : files) records.push_back({file, load_record(file)});
  AtomicFile page(output);
  page.write(report_page(records, settings));
  page.commit();
  session.console.line(fmt::format("{}: {} records", output, records.size()));
  return 0;
}

[[maybe_unused]] const bool registered = Commands::add(
    {"report", "report FILES... --output F.html [--against ROW] [--pictures DIR]",
     "one self-contained page: tables, curves, intervals, pictures, provenance", run});

}  // namespace
}  // namespace dinobench::report_command
