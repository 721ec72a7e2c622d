// Grouping of views by width.
#include "methods/multi_crop_network.hpp"

#include <ATen/ATen.h>

namespace dinobench {
namespace {

RowAddresses part_of(const RowAddresses& rows, size_t begin, size_t end) {
  RowAddresses part{rows.seed, rows.step, {}, {}};
  const auto first = static_cast<std::ptrdiff_t>(begin), last = static_cast<std::ptrdiff_t>(end);
  part.samples.assign(rows.samples.begin() + first, rows.samples.begin() + last);
  part.views.assign(rows.views.begin() + first, rows.views.begin() + last);
  return part;
}

}  // namespace

RowAddresses view_rows(uint64_t seed, int64_t step, const std::vector<int64_t>& samples,
                       int64_t views) {
  RowAddresses rows{seed, step, {}, {}};
  for (int64_t view = 0; view < views; ++view) {
    rows.samples.insert(rows.samples.end(), samples.begin(), samples.end());
    rows.views.insert(rows.views.end(), samples.size(), view);
  }
  return rows;
}

MultiCropNetwork::MultiCropNetwork(std::shared_ptr<Backbone> backbone,
                                   std::shared_ptr<DinoHead> head)
    : backbone_(register_module("backbone", std::move(backbone))),
      head_(register_module("head", std::move(head))) {}

at::Tensor MultiCropNetwork::features(const std::vector<at::Tensor>& views,
                                      const RowAddresses& rows) {
  std::vector<at::Tensor> parts;
  size_t done = 0;
  for (size_t begin = 0, end = 0; begin < views.size(); begin = end) {
    while (end < views.size() && views[end].size(-1) == views[begin].size(-1)) ++end;
    const at::Tensor group =
        at::cat(std::vector<at::Tensor>(views.begin() + static_cast<std::ptrdiff_t>(begin),
                                        views.begin() + static_cast<std::ptrdiff_t>(end)));
    const size_t count = static_cast<size_t>(group.size(0));
    const RowAddresses part = part_of(rows, done, done + count);
    parts.push_back(backbone_->forward(group, &part));
    done += count;
  }
  return at::cat(parts);
}

}  // namespace dinobench
