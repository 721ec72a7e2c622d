// The pickle machine without a single name.
#include "core/pickle_file.hpp"

#include <new>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/unpickler.hpp"

namespace dinobench {
namespace {

class NoNames : public PickleNames {
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

}  // namespace

Value load_pickle_file(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  try {
    NoNames names;
    return unpickle(std::as_bytes(std::span(bytes)), names);
  } catch (const Error& error) {
    fail("{}: {}", path.string(), error.what());
  } catch (const std::bad_alloc&) {
    fail_run("{}: not enough memory", path.string());
  }
}

}  // namespace dinobench
