// Pickles of built-in types name nothing.
#pragma once

#include "core/unpickler.hpp"

namespace dinobench {

/// Refuses every name.
class BuiltinNames : public PickleNames {
 public:
  bool knows(const std::string& name) const override { refuse(name); }
  Value call(const std::string& name, const ValueList&) override { refuse(name); }
  void set_state(Value&, const Value&) override { refuse("__setstate__"); }
  Value persistent(const Value&) override { refuse("persistent_load"); }

 private:
  [[noreturn]] static void refuse(const std::string& name) {
    fail("refuses to run '{}': only built-in types are expected", name);
  }
};

}  // namespace dinobench
