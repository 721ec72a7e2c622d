// Which records a row of a table takes: conditions on attributes and options.
#pragma once

#include <string>
#include <vector>

#include "core/run_record.hpp"

namespace dinobench {

/// A field and the values that it may (or may not) have.
struct RecordCondition {
  std::string field;
  bool equal = true;
  std::vector<std::string> values;  // "" stands for a record without the field
};

/// All of its conditions hold.
using RecordQuery = std::vector<RecordCondition>;

/// Words `field=value`, `field!=value`, `field=value,other`; "quotes" around a value with spaces or
/// commas; an empty alternative (`field=value,`) is a record without the field. Numbers compare as
/// numbers. `where` begins the message of the input Error.
RecordQuery parse_query(const std::string& text, const std::string& where);

bool fits(const RunRecord& record, const RecordQuery& query);

/// An attribute, else an option, else "". `batch_size` is the global batch of a training: images
/// per rank x ranks x parts of a step. An evaluation's own option, `retrieval.dataset`, is found
/// under its plain name in a record of `dinobench eval`.
std::string record_field(const RunRecord& record, const std::string& name);

/// Without blanks at both ends.
std::string trimmed(const std::string& text);

}  // namespace dinobench
