// A step's work for a GPU, told once and repeated without the host.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace dinobench {

/// A CUDA graph with a stream of its own, on which all of this runs; the current stream waits for
/// it and it for the current stream. Run the work a few times before it is captured: what it makes
/// once and keeps must be there.
class StepGraph {
 public:
  using Work = std::function<void()>;
  virtual ~StepGraph() = default;
  virtual void run(const Work& work) = 0;  ///< as it is
  /// Notes what the work asks of the device, which does nothing yet. Throws what the work throws,
  /// or what CUDA has against it; there is no graph then.
  virtual void capture(const Work& work) = 0;
  virtual bool captured() const = 0;
  virtual void replay() = 0;  ///< what was captured
  virtual void forget() = 0;  ///< there is no graph any more
};

/// Null where there is no such thing: on a CPU.
std::unique_ptr<StepGraph> make_step_graph(c10::Device device);

}  // namespace dinobench
