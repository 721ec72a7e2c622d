// What the pickle machine works on: a stack with marks in it, and a memo.
#pragma once

#include <unordered_map>
#include <vector>

#include "core/pickle_containers.hpp"
#include "core/pickle_value.hpp"

namespace dinobench {

/// Throws an input Error for whatever a sound pickle does not do, and for one that would fill the
/// memory.
class PickleStack {
 public:
  void push(Value value);
  Value pop();  ///< nothing below the last mark
  Value& top();
  void mark() { marks_.push_back(stack_.size()); }
  ValueList pop_to_mark();
  ValueList pop_last(size_t count);

  void remember(uint64_t index);  ///< the top
  void remember_next() { remember(memo_.size()); }
  void recall(uint64_t index);

  void append(ValueList items);     ///< to the list on top
  void set_items(ValueList items);  ///< keys and values in turn, of the dict on top

  Value finish();  ///< the result; everything else is given up

 private:
  void count_value();

  Containers containers_;
  std::vector<Value> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, Value> memo_;
  size_t values_ = 0, repeated_text_ = 0;
};

}  // namespace dinobench
