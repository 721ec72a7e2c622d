// Python's pickle format, protocols 2 to 4, read into plain values. Nothing is imported or run.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "core/little_endian.hpp"
#include "core/pickle_value.hpp"

namespace dinobench {

/// What the names in a pickle stand for. A name is "module.attribute" and is itself only text: no
/// string in a file can do more than what call() knows. All throw an input Error for the rest.
class PickleNames {
 public:
  virtual ~PickleNames() = default;
  virtual bool knows(const std::string& name) const = 0;
  virtual Value call(const std::string& name, const ValueList& arguments) = 0;
  virtual void set_state(Value& object, const Value& state) = 0;  ///< Python's __setstate__
  virtual Value persistent(const Value& id) = 0;                  ///< an object kept elsewhere
};

/// Reads one pickle. Throws an input Error for damaged bytes, unknown names, values nested deeper
/// than 100 or in themselves, more than 8 million values, and text that is repeated beyond 256 MiB.
/// Tuples become lists; of two equal keys in a dict both are kept.
Value unpickle(std::span<const std::byte> bytes, PickleNames& names);
Value unpickle(ByteReader& in, PickleNames& names);  ///< stops behind the pickle's last byte

}  // namespace dinobench
