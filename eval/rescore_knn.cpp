// The weighted vote of k-NN once more, from neighbours, similarities and labels.
#include <charconv>
#include <cmath>

#include "core/error.hpp"
#include "eval/knn_places.hpp"
#include "eval/rescore.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench::rescore_knn {
namespace {

struct Answers {
  const std::vector<int64_t>&neighbours, &train_labels, &labels;
  const std::vector<float>& similarities;
  int64_t width;       // neighbours of a query
  double temperature;  // T
};

Answers answers_of(const EvaluationRecord& record) {
  const std::vector<int64_t>& shape = raw_shape(record, "neighbours", 2);
  const Answers answers{raw_values<int64_t>(record, "neighbours"),
                        raw_values<int64_t>(record, "train_labels"),
                        raw_values<int64_t>(record, "labels"),
                        raw_values<float>(record, "similarities"),
                        shape[1],
                        raw_attribute(record, "temperature")};
  require(!answers.labels.empty() && shape[0] == static_cast<int64_t>(answers.labels.size()),
          "raw/neighbours has {} rows for {} labels", shape[0], answers.labels.size());
  require(answers.similarities.size() == answers.neighbours.size(),
          "raw/similarities has {} elements, raw/neighbours {}", answers.similarities.size(),
          answers.neighbours.size());
  require(answers.temperature > 0, "temperature {}: expected more than 0", answers.temperature);
  for (const int64_t row : answers.neighbours)
    require(row >= 0 && row < static_cast<int64_t>(answers.train_labels.size()),
            "raw/neighbours: row {} of {}", row, answers.train_labels.size());
  return answers;
}

// How many classes stand before the label of a query: more votes, or as many and a lower number.
// Classes without a vote count as 0.
int64_t place(const Answers& a, size_t query, int64_t k) {
  std::map<int64_t, double> votes;
  for (size_t i = query * static_cast<size_t>(a.width), end = i + static_cast<size_t>(k); i < end;
       ++i)
    votes[a.train_labels[static_cast<size_t>(a.neighbours[i])]] +=
        std::exp(static_cast<double>(a.similarities[i]) / a.temperature);
  const int64_t label = a.labels[query];
  const auto own = votes.find(label);
  const double mine = own == votes.end() ? 0.0 : own->second;
  int64_t before = mine > 0 ? 0 : label;  // all lower classes have at least as many votes as none
  for (const auto& [voted, sum] : votes) {
    if (mine > 0)
      before += sum > mine || (sum == mine && voted < label);
    else
      before += voted > label && sum > 0;
  }
  return before;
}

int64_t neighbours_of(const std::string& name) {
  int64_t k = 0;
  std::from_chars(name.data() + 1, name.data() + name.size(), k);
  return k;
}

std::map<std::string, double> recompute(const EvaluationRecord& record) {
  answers_of(record);  // refuses what does not fit, even where no k is asked for
  std::map<std::string, double> out;
  for (const auto& [name, array] : record.raw) {
    if (!name.starts_with("k") || !name.ends_with("_predictions")) continue;
    const int64_t k = neighbours_of(name);
    int64_t top1 = 0, top5 = 0;
    const std::vector<int64_t> places = knn_places(record, k);
    for (const int64_t before : places) {
      top1 += before == 0;
      top5 += before < std::min<int64_t>(5, k);
    }
    const auto queries = static_cast<double>(places.size());
    out[fmt::format("k{}_top1", k)] = 100.0 * static_cast<double>(top1) / queries;
    out[fmt::format("k{}_top5", k)] = 100.0 * static_cast<double>(top5) / queries;
  }
  return out;
}

[[maybe_unused]] const bool registered = Rescorers::add({"knn", recompute});

}  // namespace
}  // namespace dinobench::rescore_knn

namespace dinobench {

std::vector<int64_t> knn_places(const EvaluationRecord& record, int64_t k) {
  const rescore_knn::Answers answers = rescore_knn::answers_of(record);
  require(k >= 1 && k <= answers.width, "raw/neighbours: k = {} of {} neighbours", k,
          answers.width);
  std::vector<int64_t> places;
  for (size_t query = 0; query < answers.labels.size(); ++query)
    places.push_back(rescore_knn::place(answers, query, k));
  return places;
}

}  // namespace dinobench
