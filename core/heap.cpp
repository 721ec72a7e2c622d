// glibc's thresholds.
#include "core/heap.hpp"

#if defined(__GLIBC__) || defined(__linux__)
#include <malloc.h>
#endif

namespace dinobench {

void keep_freed_memory() {
#ifdef M_MMAP_THRESHOLD
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most it takes
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace dinobench
