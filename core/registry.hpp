// Name to entry. Entries register themselves from their own file; nothing lists them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/options.hpp"

namespace dinobench {

/// Entry is a plain struct that has a `std::string name` and a static `const char* kind()`
/// ("method", "backbone" ...).
///
///   [[maybe_unused]] const bool registered = Registry<MethodEntry>::add({"dino", ...});
template <class Entry>
class Registry {
 public:
  static bool add(Entry entry) {
    const std::string name = entry.name;
    require(entries().emplace(name, std::move(entry)).second, "{} '{}' is registered twice",
            Entry::kind(), name);
    return true;
  }

  /// Throws an input Error that names the nearest entry and lists all.
  static const Entry& find(std::string_view name) {
    const auto at = entries().find(std::string(name));
    if (at != entries().end()) return at->second;
    const std::string near = nearest_name(name, names());
    fail("unknown {} '{}'{}; known: {}", Entry::kind(), name,
         near.empty() ? "" : ", did you mean '" + near + "'?", fmt::join(names(), ", "));
  }

  static bool has(std::string_view name) { return entries().count(std::string(name)) > 0; }

  static std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const auto& [name, entry] : entries()) out.push_back(name);
    return out;
  }

 private:
  static std::map<std::string, Entry>& entries() {
    static std::map<std::string, Entry> map;
    return map;
  }
};

}  // namespace dinobench
