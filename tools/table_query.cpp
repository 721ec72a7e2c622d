// Queries: parsed by hand, held against records.
#include "tools/table_query.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/numbers.hpp"

namespace dinobench {
namespace table_query {
namespace {

// Splits at `separator` outside quotes; the quotes are taken off where `unquote`.
std::vector<std::string> split(const std::string& text, char separator, bool unquote,
                               const std::string& where) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == separator && !quoted)
      parts.emplace_back();
    else if (c != '"' || !unquote)
      parts.back() += c;
  }
  require(!quoted, "{}: a quote is not closed in '{}'", where, text);
  return parts;
}

bool same(const std::string& a, const std::string& b) {
  if (a == b) return true;
  return looks_like_number(a) && looks_like_number(b) &&
         parse_double(a, "a value") == parse_double(b, "a value");
}

std::string option_or(const RunRecord& record, const std::string& name,
                      const std::string& missing) {
  const auto at = record.options.find(name);
  return at == record.options.end() ? missing : at->second;
}

std::string global_batch(const RunRecord& record) {
  int64_t product = 1;
  for (const std::string& factor :
       {option_or(record, "batch_size_per_gpu", ""), record.text("world_size"),
        option_or(record, "accumulate_steps", "1")}) {
    if (!looks_like_number(factor)) return "";
    product *= parse_int(factor, "a factor of the batch");
  }
  return fmt::format("{}", product);
}

}  // namespace
}  // namespace table_query

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

RecordQuery parse_query(const std::string& text, const std::string& where) {
  RecordQuery query;
  for (const std::string& word : table_query::split(text, ' ', false, where)) {
    if (trimmed(word).empty()) continue;
    const size_t at = word.find('=');
    require(at != std::string::npos && at > 0, "{}: expected field=value, not '{}'", where, word);
    const bool equal = word[at - 1] != '!';
    query.push_back({word.substr(0, equal ? at : at - 1), equal,
                     table_query::split(word.substr(at + 1), ',', true, where)});
  }
  require(!query.empty(), "{}: expected conditions such as method=dino, found none", where);
  return query;
}

bool fits(const RunRecord& record, const RecordQuery& query) {
  return std::all_of(query.begin(), query.end(), [&](const RecordCondition& condition) {
    const std::string value = record_field(record, condition.field);
    const bool found =
        std::any_of(condition.values.begin(), condition.values.end(),
                    [&](const std::string& allowed) { return table_query::same(value, allowed); });
    return found == condition.equal;
  });
}

std::string record_field(const RunRecord& record, const std::string& name) {
  if (record.attributes.contains(name)) return record.text(name);
  const std::string option = table_query::option_or(record, name, "");
  if (!option.empty()) return option;
  if (name == "batch_size") return table_query::global_batch(record);
  const size_t dot = name.find('.');
  const bool own = dot != std::string::npos && record.eval.contains(name.substr(0, dot));
  return own ? table_query::option_or(record, name.substr(dot + 1), "") : "";
}

}  // namespace dinobench
