// One page about a set of records, that needs nothing but itself.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/table_build.hpp"

namespace dinobench {

struct ReportSettings {
  std::string title = "dinobench";
  std::filesystem::path output;      // where the page will lie: links to records start there
  std::vector<std::string> layouts;  // of the tables; empty: all that apply
  std::string against;               // row of the tables that others are compared with; "": none
  std::filesystem::path pictures;    // folder of pictures; empty: the records' own work folders
};

/// HTML with inline style and SVG and data: URIs; the same records give the same bytes. All text of
/// the records is escaped.
std::string report_page(const std::vector<NamedRecord>& records, const ReportSettings& settings);

/// Its parts, "" where the records have nothing for them.
std::string report_records(const std::vector<NamedRecord>& records, const ReportSettings& settings);
std::string report_tables(const std::vector<NamedRecord>& records, const ReportSettings& settings);
std::string report_collapse(const std::vector<NamedRecord>& records);
std::string report_curves(const std::vector<NamedRecord>& records);
std::string report_metrics(const std::vector<NamedRecord>& records);
std::string report_pictures(const std::vector<NamedRecord>& records,
                            const ReportSettings& settings);
std::string report_provenance(const std::vector<NamedRecord>& records);
std::string report_style();

/// "dino/vit_nano, seed 0": a record among others.
std::string record_label(const RunRecord& record);

/// What seeds of one thing share: method, backbone and experiment.
std::string record_group(const RunRecord& record);

}  // namespace dinobench
