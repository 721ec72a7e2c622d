// The lists and dicts of a pickle, kept from harming the stack: cycles and endless nesting.
#pragma once

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "core/pickle_value.hpp"

namespace dinobench {

/// Deepest nesting of values, reading and writing; recursion over values never goes further.
constexpr int deepest_pickle = 100;

using ListPointer = std::shared_ptr<ValueList>;
using DictPointer = std::shared_ptr<ValueDict>;

/// Height of a value's tree; each container is measured once, however often it is shared.
class Depth {
 public:
  int of(const Value& value, int level = 0) {
    require(level <= deepest_pickle, "damaged: values nested deeper than {}, or in themselves",
            deepest_pickle);
    if (const auto* list = std::get_if<ListPointer>(&value.data))
      return measure(list->get(), level, [&](int& height) {
        for (const Value& item : **list) height = std::max(height, of(item, level + 1));
      });
    if (const auto* dict = std::get_if<DictPointer>(&value.data))
      return measure(dict->get(), level, [&](int& height) {
        for (const auto& [key, item] : **dict)
          height = std::max({height, of(key, level + 1), of(item, level + 1)});
      });
    return 0;
  }
  bool knows(const void* container) const { return heights_.contains(container); }

 private:
  template <class Visit>
  int measure(const void* container, int level, Visit visit) {
    if (const auto at = heights_.find(container); at != heights_.end()) {
      require(level + at->second <= deepest_pickle, "damaged: values nested deeper than {}",
              deepest_pickle);
      return at->second;
    }
    int height = 0;
    visit(height);
    return heights_[container] = height + 1;
  }
  std::unordered_map<const void*, int> heights_;
};

/// Holds every container of a pickle. Those that are not part of a shallow result are emptied one
/// by one: neither a cycle nor a chain of a million lists can then harm a destructor.
class Containers {
 public:
  ~Containers() { empty_all_but(Depth()); }
  Value adopt(Value value) {
    if (std::holds_alternative<ListPointer>(value.data) ||
        std::holds_alternative<DictPointer>(value.data))
      held_.push_back(value);
    return value;
  }
  void empty_all_but(const Depth& measured) {
    for (Value& value : held_) {
      auto* list = std::get_if<ListPointer>(&value.data);
      auto* dict = std::get_if<DictPointer>(&value.data);
      if (list != nullptr && !measured.knows(list->get())) (*list)->clear();
      if (dict != nullptr && !measured.knows(dict->get())) (*dict)->clear();
    }
    held_.clear();
  }

 private:
  std::vector<Value> held_;
};

}  // namespace dinobench
