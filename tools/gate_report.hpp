// The gate's findings as a table, JSON and JUnit XML.
#pragma once

#include <string>

#include "tools/gate.hpp"

namespace dinobench {

/// A Markdown table, alarms first; then a line with the reason of each verdict but "equal", the
/// notes, the rule, and the count of verdicts.
std::string gate_table(const GateReport& report);

/// One object: alarm, rule, counts, findings (every field; numbers that are not there are null),
/// notes.
std::string gate_json(const GateReport& report);

/// One test case a finding: classname the group, name evaluation and metric; alarms are failures.
std::string gate_junit(const GateReport& report);

}  // namespace dinobench
