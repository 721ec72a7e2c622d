// The answers that an evaluation gave, image by image.
#pragma once

#include <compare>
#include <map>
#include <string>

#include "core/run_record.hpp"

namespace dinobench {

/// What was asked: the array or block, the path of the image, and of the image it was compared with
/// ("" in classification). `repeat` counts questions that are alike.
struct Question {
  std::string what, image, other;
  int repeat = 0;
  std::strong_ordering operator<=>(const Question&) const = default;
};

struct Answer {
  std::string value, truth;  // "3 (bird)"; a rank, from 0, and "easy", "hard", "junk" or ""
};
using Answers = std::map<Question, Answer>;

/// Predictions of k-NN, linear probe and classifier; ranks of retrieval and copy detection. Empty
/// for an evaluation that stores no such arrays; arrays that do not fit one another are left out:
/// rescore is the judge of those.
Answers answers_of(const EvaluationRecord& record);

}  // namespace dinobench
