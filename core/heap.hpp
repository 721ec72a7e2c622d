// The allocator's habits.
#pragma once

namespace dinobench {

/// Blocks up to 32 MiB are kept when freed instead of given back: a training step asks for the same
/// ones again, and the kernel would clear each of their pages anew. Process-wide; where the C
/// library has no such settings nothing changes.
void keep_freed_memory();

}  // namespace dinobench
