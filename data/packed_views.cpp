// Plans of views: the draws turned into passes, weights and steps, as data/views.cpp does them.
#include "data/packed_views.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "core/error.hpp"
#include "data/pixel_math.hpp"
#include "data/resample.hpp"
#include "data/view_kernel.hpp"

namespace dinobench {
namespace {

class Packer {
 public:
  explicit Packer(std::span<const ViewRequest> requests) : plans_(requests.size()) {
    out_.views = static_cast<int64_t>(requests.size());
    reserve(requests.size() * sizeof(ViewPlan));
    const NormalizeTable& table = normalize_table();
    out_.table = append(&table, sizeof(table));
    for (size_t i = 0; i < requests.size(); ++i) widen(i, requests[i]);
    size_t bytes = out_.buffer.size() + requests.size() * kWeightBytes;
    for (const auto& [image, part] : parts_) bytes += static_cast<size_t>(part.bytes());
    out_.buffer.reserve(bytes);
  }

  void add(size_t index, const ViewRequest& request) {
    const DrawnView& drawn = request.drawn;
    const Box box = drawn.box;
    const Part& part = packed_part(*request.image);
    ViewPlan& plan = plans_[index];
    plan.stride = 3 * part.width();
    plan.source = part.place + (box.top - part.top) * plan.stride + 3 * (box.left - part.left);
    plan.width = static_cast<int32_t>(box.width), plan.height = static_cast<int32_t>(box.height);
    plan.size = static_cast<int32_t>(request.size);
    add_passes(plan, window(*request.image, box), request.filter);
    add_steps(plan, drawn);
    const int64_t side = request.size, view = 3 * side * side;
    plan.scratch = out_.scratch_bytes, plan.out = out_.values;
    out_.scratch_bytes += 2 * view + (plan.passes == 2 ? 3 * side * between(plan) : 0);
    out_.values += view;
  }

  PackedViews finish() {
    std::memcpy(out_.buffer.data(), plans_.data(), plans_.size() * sizeof(ViewPlan));
    return std::move(out_);
  }

 private:
  static constexpr size_t kWeightBytes = 20000;  // of a view of 224 pixels, about

  // Everything begins at a multiple of sixteen bytes.
  int64_t reserve(size_t bytes) {
    const size_t place = (out_.buffer.size() + 15) / 16 * 16;
    out_.buffer.resize(place + bytes);
    return static_cast<int64_t>(place);
  }

  int64_t append(const void* from, size_t bytes) {
    const int64_t place = reserve(bytes);
    std::memcpy(out_.buffer.data() + place, from, bytes);
    return place;
  }

  // The least box of an image that holds what its views read, and where its pixels are.
  struct Part {
    int64_t left, top, right, bottom;
    int64_t place = -1;
    int64_t width() const { return right - left; }
    int64_t bytes() const { return 3 * width() * (bottom - top); }
  };

  void widen(size_t index, const ViewRequest& request) {
    const Image& image = *request.image;
    const Box box = request.drawn.box;
    const int64_t right = box.left + box.width, bottom = box.top + box.height;
    require(box.left >= 0 && box.top >= 0 && box.width > 0 && box.height > 0 &&
                right <= image.width && bottom <= image.height,
            "view {}: its box leaves the image of {} x {}", index, image.width, image.height);
    require(request.size > 0 && request.size <= kMostPackedSize, "view {}: {} pixels a side", index,
            request.size);
    Part& part = parts_.try_emplace(&image, Part{box.left, box.top, right, bottom}).first->second;
    part.left = std::min(part.left, box.left), part.right = std::max(part.right, right);
    part.top = std::min(part.top, box.top), part.bottom = std::max(part.bottom, bottom);
  }

  const Part& packed_part(const Image& image) {
    Part& part = parts_.at(&image);
    if (part.place >= 0) return part;
    part.place = reserve(static_cast<size_t>(part.bytes()));
    const int64_t row = 3 * part.width();
    for (int64_t y = part.top; y < part.bottom; ++y)
      std::memcpy(out_.buffer.data() + part.place + (y - part.top) * row,
                  image.pixels.data() + 3 * (y * image.width + part.left),
                  static_cast<size_t>(row));
    return part;
  }

  static int64_t between(const ViewPlan& plan) {
    return plan.pass[0].down != 0 ? plan.width : plan.height;
  }

  void add_passes(ViewPlan& plan, Pixels in, Filter filter) {
    const auto axis = [&plan](int64_t length) {
      return Axis{length, static_cast<float>(length), plan.size, 0, plan.size};
    };
    const Axis x = axis(in.width), y = axis(in.height);
    for (const Pass pass : plan_passes(x, y)) {
      if (pass == Pass::none) continue;
      const bool down = pass == Pass::down;
      const Taps taps = make_taps(down ? y : x, filter);
      std::vector<int32_t> numbers = taps.first;
      numbers.insert(numbers.end(), taps.used.begin(), taps.used.end());
      numbers.insert(numbers.end(), taps.weights.begin(), taps.weights.end());
      plan.pass[plan.passes++] = {down, static_cast<int32_t>(taps.most),
                                  append(numbers.data(), numbers.size() * sizeof(int32_t))};
    }
  }

  static void add_steps(ViewPlan& plan, const DrawnView& drawn) {
    const auto add = [&](ViewStepKind kind, double factor = 0, int32_t amount = 0) {
      plan.step[plan.steps++] = {kind, static_cast<float>(factor), amount, 0, 0, 0};
    };
    if (drawn.flip) add(ViewStepKind::flip);
    for (const int operation : drawn.jittered ? drawn.jitter.order : std::array{-1, -1, -1, -1}) {
      if (operation == 0) add(ViewStepKind::brightness, drawn.jitter.brightness);
      if (operation == 1) add(ViewStepKind::contrast, drawn.jitter.contrast);
      if (operation == 2) add(ViewStepKind::saturation, drawn.jitter.saturation);
      if (operation == 3) add(ViewStepKind::hue, 0, hue_steps(drawn.jitter.hue));
    }
    if (drawn.grayscale) add(ViewStepKind::grayscale);
    if (drawn.blurred && drawn.blur_sigma != 0) {
      const BoxBlur box = box_blur(drawn.blur_sigma);
      plan.step[plan.steps++] = {ViewStepKind::blur, 0, 0, box.radius, box.weight, box.far_weight};
    }
    if (drawn.solarize) add(ViewStepKind::solarize, 0, kSolarizeThreshold);
  }

  PackedViews out_;
  std::vector<ViewPlan> plans_;
  std::map<const Image*, Part> parts_;
};

}  // namespace

bool packable(const std::vector<View>& views) {
  return !views.empty() && std::all_of(views.begin(), views.end(), [](const View& view) {
    return view.draw && view.filter != Filter::nearest && view.width <= kMostPackedSize;
  });
}

PackedViews pack_views(std::span<const ViewRequest> requests) {
  Packer packer(requests);
  for (size_t i = 0; i < requests.size(); ++i) packer.add(i, requests[i]);
  return packer.finish();
}

}  // namespace dinobench
