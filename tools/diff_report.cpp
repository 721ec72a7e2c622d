// The sections of a difference, and their plain text.
#include "tools/diff_report.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "tools/table_format.hpp"

namespace dinobench {
namespace diff_report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

void add_section(std::vector<DiffSection>& out, const std::string& heading, Rows rows,
                 std::vector<size_t> images = {}) {
  if (rows.size() > 1) out.push_back({heading, std::move(rows), std::move(images)});
}

Rows fields(const std::vector<FieldChange>& all, bool circumstances) {
  Rows rows{{"what", "first", "second"}};
  for (const FieldChange& field : all)
    if (field.circumstance == circumstances) rows.push_back({field.place, field.then, field.now});
  return rows;
}

std::string step(int64_t number) { return number < 0 ? "-" : fmt::format("{}", number); }

Rows series(const RecordDiff& diff) {
  Rows rows{{"series", "steps", "parts at step (bits)", "parts at step (beyond rounding)", "first",
             "second"}};
  for (const SeriesParting& one : diff.series) {
    const std::string steps = one.then_steps == one.now_steps
                                  ? step(one.then_steps)
                                  : fmt::format("{}, {}", one.then_steps, one.now_steps);
    rows.push_back(
        {one.name, steps, step(one.first_bits), step(one.first_beyond), one.then, one.now});
  }
  return rows;
}

Rows arrays(const RecordDiff& diff) {
  Rows rows{{"array", "first place"}};
  for (const ArrayChange& array : diff.arrays) rows.push_back({array.place, array.difference});
  return rows;
}

/// "fixed", "broke", or nothing where no side, or no truth, says so.
std::string effect(const Flip& flip) {
  if (flip.then == flip.truth) return "broke";
  return flip.now == flip.truth ? "fixed" : "";
}

std::vector<std::string> row_of(const Flip& flip) {
  if (flip.other.empty()) return {flip.image, flip.truth, flip.then, flip.now, effect(flip)};
  return {flip.image, flip.other, flip.truth, flip.then, flip.now};
}

/// A command line would make every row of its table as wide; it gets lines of its own.
bool fits(const std::vector<std::string>& row) {
  return std::all_of(row.begin(), row.end(), [](const auto& cell) { return cell.size() <= 90; });
}

void add_flips(const RecordDiff& diff, int64_t most, std::vector<DiffSection>& out) {
  std::map<std::string, std::vector<const Flip*>> kinds;
  for (const Flip& flip : diff.flips) kinds[flip.evaluation + " " + flip.what].push_back(&flip);
  for (const auto& [kind, flips] : kinds) {
    const bool pairs = !flips.front()->other.empty();
    Rows rows{pairs ? std::vector<std::string>{"query", "image", "kind", "first", "second"}
                    : std::vector<std::string>{"image", "truth", "first", "second", ""}};
    const auto shown = std::min(flips.size(), static_cast<size_t>(most));
    for (size_t i = 0; i < shown; ++i) rows.push_back(row_of(*flips[i]));
    const std::string rest = shown < flips.size() ? fmt::format(", the first {} shown", shown) : "";
    add_section(out, fmt::format("{}: {} answers changed{}", kind, flips.size(), rest),
                std::move(rows), pairs ? std::vector<size_t>{0, 1} : std::vector<size_t>{0});
  }
}

}  // namespace
}  // namespace diff_report

std::vector<DiffSection> diff_sections(const RecordDiff& diff, const DiffView& view) {
  using namespace diff_report;
  std::vector<DiffSection> out;
  add_section(out, "Options, data and attributes", fields(diff.fields, false));
  add_section(out, "Circumstances (no results)", fields(diff.fields, true));
  add_section(out, fmt::format("Training series (rounding: {:g})", view.rtol), series(diff));
  add_section(out, "Metrics", fields(diff.metrics, false));
  add_section(out, "Raw arrays", arrays(diff));
  add_flips(diff, view.most, out);
  return out;
}

std::string diff_summary(const RecordDiff& diff) {
  if (diff.equal()) return "equal";
  const auto fields = std::count_if(diff.fields.begin(), diff.fields.end(),
                                    [](const FieldChange& field) { return !field.circumstance; });
  return fmt::format(
      "different: {} options and attributes, {} series, {} metrics, {} raw arrays, {} answers",
      fields, diff.series.size(), diff.metrics.size(), diff.arrays.size(), diff.flips.size());
}

std::string diff_text(const RecordDiff& diff, const DiffView& view) {
  std::string out;
  for (const DiffSection& section : diff_sections(diff, view)) {
    out += section.heading + "\n\n";
    diff_report::Rows narrow;
    std::string wide;
    for (const auto& row : section.rows) {
      if (diff_report::fits(row))
        narrow.push_back(row);
      else
        wide += fmt::format("{}\n", fmt::join(row, "\n  "));
    }
    if (narrow.size() > 1) out += markdown_table(narrow, narrow[0].size()) + "\n";
    if (!wide.empty()) out += wide + "\n";
  }
  return out + diff_summary(diff) + "\n";
}

}  // namespace dinobench
