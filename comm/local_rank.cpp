// The variables that launchers set for each rank.
#include "comm/local_rank.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace dinobench {

std::optional<int> launcher_local_rank() {
  for (const char* name :
       {"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "PMI_LOCAL_RANK", "SLURM_LOCALID"}) {
    const char* text = std::getenv(name);
    if (text == nullptr) continue;
    const std::string_view word(text);
    int rank = -1;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), rank);
    if (error == std::errc() && end == word.data() + word.size() && rank >= 0) return rank;
  }
  return std::nullopt;
}

}  // namespace dinobench
