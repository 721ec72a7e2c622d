// J and F of all objects of a video set, over the ranks, as metrics and raw answers.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "comm/communicator.hpp"
#include "core/run_record.hpp"
#include "data/davis.hpp"

namespace dinobench {

/// Percent, [objects][scored frames]: every frame but the first and the last.
struct SequenceScores {
  std::vector<std::vector<double>> region, boundary;
};

/// Scores a sequence whose frames are all annotated; result(frame) gives the mask to judge. Input
/// Errors name `results` and the frame: a mask of another size, an index beyond the objects.
SequenceScores score_sequence(const Sequence& sequence, const std::string& results,
                              const std::function<Mask(size_t frame)>& result);

/// Which rank does which sequence: the longest first, each to the rank with the fewest frames so
/// far. The same on every rank.
std::vector<int> deal_sequences(const std::vector<Sequence>& sequences, int ranks);

/// Every rank gets the scores of all; a sequence that nobody scored stays empty.
void share_scores(std::vector<SequenceScores>& scores, Communicator& comm);

/// J_mean J_recall J_decay F_mean F_recall F_decay JF_mean over the objects of all sequences, with
/// bootstrap over objects, and per object and frame the raw values with their names.
void report_scores(const std::vector<Sequence>& sequences,
                   const std::vector<SequenceScores>& scores, uint64_t seed,
                   EvaluationRecord& record);

}  // namespace dinobench
