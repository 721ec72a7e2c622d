// From raw arrays to questions and answers.
#include "tools/answers.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace dinobench {
namespace answers {
namespace {

using Whole = std::vector<int64_t>;
using Texts = std::vector<std::string>;

/// The elements of a raw array, nullptr if it is absent or of another type or rank.
template <class Elements>
const Elements* find(const EvaluationRecord& record, const std::string& name) {
  const auto at = record.raw.find(name);
  if (at == record.raw.end() || at->second.shape.size() != 1) return nullptr;
  return std::get_if<Elements>(&at->second.values);
}

void add(Answers& out, Question question, Answer answer) {
  while (out.contains(question)) ++question.repeat;
  out.emplace(std::move(question), std::move(answer));
}

/// Class numbers with the folder that their images lie in.
class ClassNames {
 public:
  ClassNames(const Texts& paths, const Whole& labels) {
    for (size_t i = 0; i < labels.size(); ++i)
      names_.emplace(labels[i], std::filesystem::path(paths[i]).parent_path().filename().string());
  }
  std::string operator()(int64_t label) const {
    const auto at = names_.find(label);
    const bool known = at != names_.end() && !at->second.empty();
    return known ? fmt::format("{} ({})", label, at->second) : fmt::format("{}", label);
  }

 private:
  std::map<int64_t, std::string> names_;
};

void add_predictions(const EvaluationRecord& record, Answers& out) {
  const Texts* paths = find<Texts>(record, "paths");
  const Whole* labels = find<Whole>(record, "labels");
  if (paths == nullptr || labels == nullptr || paths->size() != labels->size()) return;
  const ClassNames names(*paths, *labels);
  for (const auto& [name, array] : record.raw) {
    const Whole* values = name.ends_with("predictions") ? find<Whole>(record, name) : nullptr;
    if (values == nullptr || values->size() != paths->size()) continue;
    for (size_t i = 0; i < values->size(); ++i)
      add(out, {name, (*paths)[i], ""}, {names((*values)[i]), names((*labels)[i])});
  }
}

std::string path_at(const Texts& paths, int64_t row) {
  const bool there = row >= 0 && row < static_cast<int64_t>(paths.size());
  return there ? paths[static_cast<size_t>(row)] : fmt::format("row {}", row);
}

void add_listed_ranks(const EvaluationRecord& record, Answers& out) {
  const Texts *queries = find<Texts>(record, "query_paths"),
              *listed = find<Texts>(record, "listed_paths");
  const Whole *query = find<Whole>(record, "listed_query"),
              *rank = find<Whole>(record, "listed_rank"),
              *relevance = find<Whole>(record, "listed_relevance");
  if (!queries || !listed || !query || !rank || !relevance) return;
  const size_t count = listed->size();
  if (query->size() != count || rank->size() != count || relevance->size() != count) return;
  constexpr std::string_view kinds[] = {"easy", "hard", "junk"};
  for (size_t i = 0; i < count; ++i) {
    const auto kind = static_cast<size_t>((*relevance)[i]);
    add(out, {"rank", path_at(*queries, (*query)[i]), (*listed)[i]},
        {fmt::format("{}", (*rank)[i]), std::string(kind < 3 ? kinds[kind] : "")});
  }
}

void add_copy_ranks(const std::string& block, const EvaluationRecord& record, Answers& out) {
  const Texts *copies = find<Texts>(record, block + "_paths"),
              *originals = find<Texts>(record, "original_paths");
  const Whole *query = find<Whole>(record, block + "_positive_query"),
              *original = find<Whole>(record, block + "_positive_original"),
              *rank = find<Whole>(record, block + "_positive_rank");
  if (!copies || !query || !original || !rank) return;
  if (query->size() != rank->size() || original->size() != rank->size()) return;
  for (size_t i = 0; i < rank->size(); ++i)
    add(out,
        {block + " rank", path_at(*copies, (*query)[i]),
         path_at(originals == nullptr ? Texts{} : *originals, (*original)[i])},
        {fmt::format("{}", (*rank)[i]), ""});
}

}  // namespace
}  // namespace answers

Answers answers_of(const EvaluationRecord& record) {
  Answers out;
  answers::add_predictions(record, out);
  answers::add_listed_ranks(record, out);
  if (const auto* blocks = answers::find<answers::Texts>(record, "blocks"))
    for (const std::string& block : *blocks) answers::add_copy_ranks(block, record, out);
  return out;
}

}  // namespace dinobench
