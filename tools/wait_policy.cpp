// Idle OpenMP threads sleep instead of spinning: on shared cores spinning costs several times the
// work.
//
// libgomp reads OMP_WAIT_POLICY when it is loaded, before main(), and has no call to change it. So
// the program starts itself once more with the variable set, from the one place that runs before
// any library is initialised; that costs some 30 ms. A value already in the environment is kept.
#include <unistd.h>

namespace dinobench::wait_policy {
namespace {

constexpr int kMostVariables = 4000;
char policy[] = "OMP_WAIT_POLICY=passive";

// Only system calls and our own memory may be used here: not even libc has started. The sanitizers
// have not either.
[[gnu::no_sanitize("address", "undefined")]] bool sets_policy(const char* variable) {
  int at = 0;
  while (policy[at] != '=' && variable[at] == policy[at]) ++at;
  return policy[at] == '=' && variable[at] == '=';
}

[[gnu::no_sanitize("address", "undefined")]] void start_again(int, char** arguments,
                                                              char** environment) {
  static char* extended[kMostVariables + 2];
  int count = 0;
  for (; environment[count] != nullptr; ++count) {
    if (count == kMostVariables || sets_policy(environment[count])) return;
    extended[count] = environment[count];
  }
  extended[count] = policy;
  execve("/proc/self/exe", arguments, extended);  // returns only if it failed: then we spin
}

using Start = void (*)(int, char**, char**);
[[gnu::section(".preinit_array"), gnu::used]] const Start before_everything = start_again;

}  // namespace
}  // namespace dinobench::wait_policy
