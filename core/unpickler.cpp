// The pickle machine: a stack, marks in it, and a memo.
#include "core/unpickler.hpp"

#include <bit>
#include <unordered_map>

#include "core/error.hpp"
#include "core/little_endian.hpp"
#include "core/pickle_containers.hpp"

namespace dinobench {
namespace {

constexpr size_t most_repeated_text = size_t{256} << 20;

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, PickleNames& names) : in_(bytes), names_(names) {}
  Value run() {
    while (step(static_cast<char>(in_.number<uint8_t>()))) {
    }
    Value result = pop();
    stack_.clear();
    memo_.clear();
    Depth depth;
    depth.of(result);
    containers_.empty_all_but(depth);
    return result;
  }

 private:
  bool step(char code);
  bool constant(char code);
  bool text(char code);
  bool container(char code);
  bool memory(char code);
  bool object(char code);

  void push(Value value) { stack_.push_back(containers_.adopt(std::move(value))); }
  Value pop();
  Value& top();
  ValueList pop_to_mark();
  ValueList pop_last(size_t count);
  void remember(uint64_t index) { memo_.insert_or_assign(index, top()); }
  void recall(uint64_t index);
  void append(ValueList items);
  void set_items(ValueList items);
  void push_name(const std::string& module, const std::string& name);
  int64_t long_integer(uint64_t length);
  double big_endian_double();
  std::string line();

  ByteReader in_;
  PickleNames& names_;
  Containers containers_;
  std::vector<Value> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, Value> memo_;
  size_t repeated_text_ = 0;
};

Value Machine::pop() {
  const size_t floor = marks_.empty() ? 0 : marks_.back();
  require(stack_.size() > floor, "damaged pickle: the stack is empty");
  Value value = std::move(stack_.back());
  stack_.pop_back();
  return value;
}

Value& Machine::top() {
  require(!stack_.empty(), "damaged pickle: the stack is empty");
  return stack_.back();
}

ValueList Machine::pop_last(size_t count) {
  require(count <= stack_.size(), "damaged pickle: the stack is empty");
  const auto first = stack_.end() - static_cast<ptrdiff_t>(count);
  ValueList items(std::make_move_iterator(first), std::make_move_iterator(stack_.end()));
  stack_.erase(first, stack_.end());
  return items;
}

ValueList Machine::pop_to_mark() {
  require(!marks_.empty() && marks_.back() <= stack_.size(), "damaged pickle: no mark");
  const size_t mark = marks_.back();
  marks_.pop_back();
  return pop_last(stack_.size() - mark);
}

// Two bytes that fetch a megabyte of text a million times must not fill the memory.
void Machine::recall(uint64_t index) {
  const auto at = memo_.find(index);
  require(at != memo_.end(), "damaged pickle: nothing is remembered as {}", index);
  if (const auto* words = std::get_if<std::string>(&at->second.data)) {
    repeated_text_ += words->size();
    require(repeated_text_ <= most_repeated_text, "damaged pickle: text repeated without end");
  }
  stack_.push_back(at->second);
}

void Machine::append(ValueList items) {
  auto* list = std::get_if<ListPointer>(&top().data);
  require(list != nullptr, "damaged pickle: items for what is no list");
  for (Value& item : items) (*list)->push_back(std::move(item));
}

void Machine::set_items(ValueList items) {
  auto* dict = std::get_if<DictPointer>(&top().data);
  require(dict != nullptr && items.size() % 2 == 0, "damaged pickle: items for what is no dict");
  for (size_t i = 0; i < items.size(); i += 2)
    (*dict)->emplace_back(std::move(items[i]), std::move(items[i + 1]));
}

void Machine::push_name(const std::string& module, const std::string& name) {
  const std::string full = module + "." + name;
  require(names_.knows(full), "refuses to run '{}': not a name that torch.save writes", full);
  push(full);
}

int64_t Machine::long_integer(uint64_t length) {
  const auto bytes = in_.take(length);
  require(length <= 8, "a whole number of {} bytes; at most 8 are understood", length);
  uint64_t number = 0;
  for (size_t i = 0; i < bytes.size(); ++i) number |= static_cast<uint64_t>(bytes[i]) << (8 * i);
  const bool negative = length > 0 && (static_cast<uint8_t>(bytes.back()) & 0x80) != 0;
  if (negative && length < 8) number |= ~uint64_t{0} << (8 * length);
  return static_cast<int64_t>(number);
}

double Machine::big_endian_double() {
  uint64_t bits = 0;
  for (const std::byte byte : in_.take(8)) bits = bits << 8 | static_cast<uint64_t>(byte);
  return std::bit_cast<double>(bits);
}

std::string Machine::line() {
  std::string out;
  for (char c = 0; (c = static_cast<char>(in_.number<uint8_t>())) != '\n';) out.push_back(c);
  return out;
}

bool Machine::constant(char code) {
  switch (code) {
    case 'N':
      push(Value());
      return true;
    case '\x88':
      push(true);
      return true;
    case '\x89':
      push(false);
      return true;
    case 'J':
      push(int64_t{static_cast<int32_t>(in_.number<uint32_t>())});
      return true;
    case 'K':
      push(int64_t{in_.number<uint8_t>()});
      return true;
    case 'M':
      push(int64_t{in_.number<uint16_t>()});
      return true;
    case '\x8a':
      push(long_integer(in_.number<uint8_t>()));
      return true;
    case '\x8b':
      push(long_integer(in_.number<uint32_t>()));
      return true;
    case 'G':
      push(big_endian_double());
      return true;
    default:
      return false;
  }
}

bool Machine::text(char code) {
  switch (code) {
    case 'U':
    case 'C':
    case '\x8c':
      push(in_.text(in_.number<uint8_t>()));
      return true;
    case 'T':
    case 'B':
    case 'X':
      push(in_.text(in_.number<uint32_t>()));
      return true;
    case '\x8d':
    case '\x8e':
      push(in_.text(in_.number<uint64_t>()));
      return true;
    default:
      return false;
  }
}

bool Machine::container(char code) {
  switch (code) {
    case '(':
      marks_.push_back(stack_.size());
      return true;
    case ')':
    case ']':
      push(Value::list());
      return true;
    case '}':
      push(Value::dict());
      return true;
    case 't':
    case 'l':
      push(Value::list(pop_to_mark()));
      return true;
    case '\x85':
      push(Value::list(pop_last(1)));
      return true;
    case '\x86':
      push(Value::list(pop_last(2)));
      return true;
    case '\x87':
      push(Value::list(pop_last(3)));
      return true;
    case 'd': {
      ValueList items = pop_to_mark();
      push(Value::dict());
      set_items(std::move(items));
      return true;
    }
    case 'a':
      append(pop_last(1));
      return true;
    case 'e':
      append(pop_to_mark());
      return true;
    case 's':
      set_items(pop_last(2));
      return true;
    case 'u':
      set_items(pop_to_mark());
      return true;
    default:
      return false;
  }
}

bool Machine::memory(char code) {
  switch (code) {
    case '0':
      pop();
      return true;
    case '1':
      pop_to_mark();
      return true;
    case 'q':
      remember(in_.number<uint8_t>());
      return true;
    case 'r':
      remember(in_.number<uint32_t>());
      return true;
    case '\x94':
      remember(memo_.size());
      return true;
    case 'h':
      recall(in_.number<uint8_t>());
      return true;
    case 'j':
      recall(in_.number<uint32_t>());
      return true;
    default:
      return false;
  }
}

bool Machine::object(char code) {
  switch (code) {
    case 'c': {
      const std::string module = line();
      push_name(module, line());
      return true;
    }
    case '\x93': {
      const ValueList name = pop_last(2);
      push_name(name[0].as_text(), name[1].as_text());
      return true;
    }
    case 'R':
    case '\x81': {
      const ValueList call = pop_last(2);
      push(names_.call(call[0].as_text(), call[1].as_list()));
      return true;
    }
    case 'b': {
      const Value state = pop();
      names_.set_state(top(), state);
      return true;
    }
    case 'Q':
      push(names_.persistent(pop()));
      return true;
    default:
      return false;
  }
}

// False at the end of the pickle.
bool Machine::step(char code) {
  if (code == '.') return false;
  if (code == '\x80') {
    const int protocol = in_.number<uint8_t>();
    require(protocol <= 5, "a pickle of protocol {}; 5 is the newest known", protocol);
  } else if (code == '\x95') {
    in_.take(8);  // length of a frame, of use to streams only
  } else if (!constant(code) && !text(code) && !container(code) && !memory(code) && !object(code)) {
    fail("damaged pickle, or not one that torch.save writes: operation 0x{:02x}",
         static_cast<unsigned char>(code));
  }
  return true;
}

}  // namespace

Value unpickle(std::span<const std::byte> bytes, PickleNames& names) {
  return Machine(bytes, names).run();
}

}  // namespace dinobench
