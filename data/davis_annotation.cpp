// What the values of a DAVIS annotation mean, and what may not stand in one.
#include <algorithm>

#include "core/error.hpp"
#include "data/davis.hpp"
#include "data/image.hpp"

namespace dinobench {
namespace {

constexpr uint8_t void_index = 255;

std::vector<int64_t> histogram(const Mask& mask) {
  std::vector<int64_t> counts(256, 0);
  for (const uint8_t value : mask.values) ++counts[value];
  return counts;
}

int64_t largest_index(const std::vector<int64_t>& counts) {
  for (int64_t index = void_index - 1; index > 0; --index)
    if (counts[static_cast<size_t>(index)] > 0) return index;
  return 0;
}

}  // namespace

Mask read_annotation(const std::filesystem::path& path) {
  Mask mask = read_mask(path);
  const auto other = [](uint8_t value) { return value != 0 && value != 255; };
  if (!mask.has_palette && std::none_of(mask.values.begin(), mask.values.end(), other))
    std::replace(mask.values.begin(), mask.values.end(), uint8_t{255}, uint8_t{1});
  return mask;
}

int64_t count_objects(const Mask& first, const std::filesystem::path& path) {
  const std::vector<int64_t> counts = histogram(first);
  const int64_t objects = largest_index(counts);
  require(objects > 0, "{}: this first annotation holds no object (255 is void in a palette mask)",
          path.string());
  for (int64_t index = 1; index < objects && !first.has_palette; ++index)
    require(counts[static_cast<size_t>(index)] > 0,
            "{}: a grey mask with the stray value {}: expected 0 and 255, or objects 1, 2 ... "
            "without gaps",
            path.string(), objects);
  return objects;
}

void check_annotations(const Sequence& sequence) {
  const std::filesystem::path& first_path = sequence.annotations.front();
  const Mask first = read_annotation(first_path);
  const int64_t objects = count_objects(first, first_path);
  if (!sequence.images.empty()) {
    const Image image = decode_image(sequence.images.front());
    require(image.width == first.width && image.height == first.height,
            "{}: the mask is {} x {} pixels, its frame {} x {}", first_path.string(), first.width,
            first.height, image.width, image.height);
  }
  for (size_t i = 1; i < sequence.annotations.size(); ++i) {
    const std::string name = sequence.annotations[i].string();
    const Mask mask = read_annotation(sequence.annotations[i]);
    require(mask.width == first.width && mask.height == first.height,
            "{}: the mask is {} x {} pixels, the sequence's first is {} x {}", name, mask.width,
            mask.height, first.width, first.height);
    const int64_t largest = largest_index(histogram(mask));
    require(mask.has_palette || largest <= objects,
            "{}: a grey mask with the stray value {}: the sequence has {} objects", name, largest,
            objects);
  }
}

}  // namespace dinobench
