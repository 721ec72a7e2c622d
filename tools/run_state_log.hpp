// The last line of a log.txt.
#pragma once

#include <cstdint>
#include <string_view>

namespace dinobench {

struct LastEpoch {
  int64_t epoch = -1;  // -1: none
  double loss = 0;     // NaN: not a finite number
};

/// Of a log.txt of ours or of the reference's (a JSON object a line with epoch and train_loss); a
/// last line that is cut short is passed over.
LastEpoch last_epoch(std::string_view log);

}  // namespace dinobench
