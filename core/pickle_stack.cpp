// The stack of the pickle machine.
#include "core/pickle_stack.hpp"

#include "core/error.hpp"

namespace dinobench {
namespace {

constexpr size_t most_values = size_t{1} << 23, most_repeated_text = size_t{256} << 20;

}  // namespace

// A byte of a pickle can cost some 200 of memory: hence the limit.
void PickleStack::count_value() {
  require(++values_ <= most_values, "a pickle of more than {} values", most_values);
}

void PickleStack::push(Value value) {
  count_value();
  stack_.push_back(containers_.adopt(std::move(value)));
}

Value PickleStack::pop() {
  const size_t floor = marks_.empty() ? 0 : marks_.back();
  require(stack_.size() > floor, "damaged pickle: the stack is empty");
  Value value = std::move(stack_.back());
  stack_.pop_back();
  return value;
}

Value& PickleStack::top() {
  require(!stack_.empty(), "damaged pickle: the stack is empty");
  return stack_.back();
}

ValueList PickleStack::pop_last(size_t count) {
  require(count <= stack_.size(), "damaged pickle: the stack is empty");
  const auto first = stack_.end() - static_cast<ptrdiff_t>(count);
  ValueList items(std::make_move_iterator(first), std::make_move_iterator(stack_.end()));
  stack_.erase(first, stack_.end());
  return items;
}

ValueList PickleStack::pop_to_mark() {
  require(!marks_.empty() && marks_.back() <= stack_.size(), "damaged pickle: no mark");
  const size_t mark = marks_.back();
  marks_.pop_back();
  return pop_last(stack_.size() - mark);
}

void PickleStack::remember(uint64_t index) {
  count_value();
  memo_.insert_or_assign(index, top());
}

// Two bytes that fetch a megabyte of text a million times must not fill the memory.
void PickleStack::recall(uint64_t index) {
  const auto at = memo_.find(index);
  require(at != memo_.end(), "damaged pickle: nothing is remembered as {}", index);
  if (const auto* words = std::get_if<std::string>(&at->second.data)) {
    repeated_text_ += words->size();
    require(repeated_text_ <= most_repeated_text, "damaged pickle: text repeated without end");
  }
  count_value();
  stack_.push_back(at->second);
}

void PickleStack::append(ValueList items) {
  auto* list = std::get_if<ListPointer>(&top().data);
  require(list != nullptr, "damaged pickle: items for what is no list");
  for (Value& item : items) (*list)->push_back(std::move(item));
}

void PickleStack::set_items(ValueList items) {
  auto* dict = std::get_if<DictPointer>(&top().data);
  require(dict != nullptr && items.size() % 2 == 0, "damaged pickle: items for what is no dict");
  for (size_t i = 0; i < items.size(); i += 2)
    (*dict)->emplace_back(std::move(items[i]), std::move(items[i + 1]));
}

Value PickleStack::finish() {
  Value result = pop();
  stack_.clear();
  memo_.clear();
  Depth depth;
  depth.of(result);
  containers_.empty_all_but(depth);
  return result;
}

}  // namespace dinobench
