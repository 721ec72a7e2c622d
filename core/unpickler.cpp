// The pickle machine: what each operation does to the stack.
#include "core/unpickler.hpp"

#include <bit>

#include "core/error.hpp"
#include "core/little_endian.hpp"
#include "core/pickle_stack.hpp"

namespace dinobench {
namespace {

class Machine {
 public:
  Machine(ByteReader& in, PickleNames& names) : in_(in), names_(names) {}
  Value run() {
    while (step(static_cast<char>(in_.number<uint8_t>()))) {
    }
    return stack_.finish();
  }

 private:
  bool step(char code);
  bool constant(char code);
  bool text(char code);
  bool container(char code);
  bool memory(char code);
  bool object(char code);

  void push_name(const std::string& module, const std::string& name);
  int64_t long_integer(uint64_t length);
  double big_endian_double();
  std::string line();

  ByteReader& in_;
  PickleNames& names_;
  PickleStack stack_;
};

void Machine::push_name(const std::string& module, const std::string& name) {
  const std::string full = module + "." + name;
  require(names_.knows(full), "refuses to run '{}': not a name that torch.save writes", full);
  stack_.push(full);
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
      stack_.push(Value());
      return true;
    case '\x88':
      stack_.push(true);
      return true;
    case '\x89':
      stack_.push(false);
      return true;
    case 'J':
      stack_.push(int64_t{static_cast<int32_t>(in_.number<uint32_t>())});
      return true;
    case 'K':
      stack_.push(int64_t{in_.number<uint8_t>()});
      return true;
    case 'M':
      stack_.push(int64_t{in_.number<uint16_t>()});
      return true;
    case '\x8a':
      stack_.push(long_integer(in_.number<uint8_t>()));
      return true;
    case '\x8b':
      stack_.push(long_integer(in_.number<uint32_t>()));
      return true;
    case 'G':
      stack_.push(big_endian_double());
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
      stack_.push(in_.text(in_.number<uint8_t>()));
      return true;
    case 'T':
    case 'B':
    case 'X':
      stack_.push(in_.text(in_.number<uint32_t>()));
      return true;
    case '\x8d':
    case '\x8e':
      stack_.push(in_.text(in_.number<uint64_t>()));
      return true;
    default:
      return false;
  }
}

bool Machine::container(char code) {
  switch (code) {
    case '(':
      stack_.mark();
      return true;
    case ')':
    case ']':
      stack_.push(Value::list());
      return true;
    case '}':
      stack_.push(Value::dict());
      return true;
    case 't':
    case 'l':
      stack_.push(Value::list(stack_.pop_to_mark()));
      return true;
    case '\x85':
      stack_.push(Value::list(stack_.pop_last(1)));
      return true;
    case '\x86':
      stack_.push(Value::list(stack_.pop_last(2)));
      return true;
    case '\x87':
      stack_.push(Value::list(stack_.pop_last(3)));
      return true;
    case 'd': {
      ValueList items = stack_.pop_to_mark();
      stack_.push(Value::dict());
      stack_.set_items(std::move(items));
      return true;
    }
    case 'a':
      stack_.append(stack_.pop_last(1));
      return true;
    case 'e':
      stack_.append(stack_.pop_to_mark());
      return true;
    case 's':
      stack_.set_items(stack_.pop_last(2));
      return true;
    case 'u':
      stack_.set_items(stack_.pop_to_mark());
      return true;
    default:
      return false;
  }
}

bool Machine::memory(char code) {
  switch (code) {
    case '0':
      stack_.pop();
      return true;
    case '1':
      stack_.pop_to_mark();
      return true;
    case 'q':
      stack_.remember(in_.number<uint8_t>());
      return true;
    case 'r':
      stack_.remember(in_.number<uint32_t>());
      return true;
    case '\x94':
      stack_.remember_next();
      return true;
    case 'h':
      stack_.recall(in_.number<uint8_t>());
      return true;
    case 'j':
      stack_.recall(in_.number<uint32_t>());
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
      const ValueList name = stack_.pop_last(2);
      push_name(name[0].as_text(), name[1].as_text());
      return true;
    }
    case 'R':
    case '\x81': {
      const ValueList call = stack_.pop_last(2);
      stack_.push(names_.call(call[0].as_text(), call[1].as_list()));
      return true;
    }
    case 'b': {
      const Value state = stack_.pop();
      names_.set_state(stack_.top(), state);
      return true;
    }
    case 'Q':
      stack_.push(names_.persistent(stack_.pop()));
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

Value unpickle(ByteReader& in, PickleNames& names) { return Machine(in, names).run(); }

Value unpickle(std::span<const std::byte> bytes, PickleNames& names) {
  ByteReader in(bytes);
  return unpickle(in, names);
}

}  // namespace dinobench
