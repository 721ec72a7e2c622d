// dinobench table: records in, a table out.
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/hdf5_store.hpp"
#include "tools/session.hpp"
#include "tools/table_compare.hpp"
#include "tools/table_format.hpp"

namespace dinobench::table_command {
namespace {

int run(Options& options, Session& session) {
  std::string layout, format = "md", output, against;
  options.get("layout", layout,
              "file, or name in experiments/layouts; none: every metric by method and backbone");
  options.get(
      "against", against,
      "a row's text (its fields joined by '/' where the layout groups): paired tests of every "
      "other row with it, marked in the cells");
  options.choose("format", format, table_formats(), "of the text");
  options.get("output", output, "file to write; none: the table is printed");
  ready(options, session);
  const std::vector<std::string> files = options.positional();
  require(!files.empty(), "table needs records: dinobench table [--layout L] FILES...");
  if (session.comm.rank() != 0) return 0;

  std::vector<NamedRecord> records;
  for (const std::string& file : files) records.push_back({file, load_record(file)});
  const TableLayout shown = layout.empty() ? default_layout() : read_layout(layout);
  Table table = build_table(shown, records);
  if (!against.empty()) compare_lines(table, against);
  std::string text = format_table(table, format);
  if (output.empty()) {
    text.pop_back();  // line() ends it
    session.console.line(text);
    return 0;
  }
  AtomicFile file(output);
  file.write(text);
  file.commit();
  return 0;
}

[[maybe_unused]] const bool registered = Commands::add(
    {"table", "table [--layout L] [--against ROW] [--format md|csv|tex|html] [--output F] FILES...",
     "mean and deviation over seeds from records", run});

}  // namespace
}  // namespace dinobench::table_command
