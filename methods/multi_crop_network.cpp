// Grouping of views by width.
#include "methods/multi_crop_network.hpp"

#include <ATen/ATen.h>

namespace dinobench {

RowAddresses view_rows(uint64_t seed, int64_t step, const std::vector<int64_t>& samples,
                       int64_t views) {
  RowAddresses rows{seed, step, {}, {}, {}};
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

std::vector<int64_t> views_of_a_width(const std::vector<at::Tensor>& views) {
  std::vector<int64_t> counts;
  for (size_t i = 0; i < views.size(); ++i) {
    const bool fresh = i == 0 || views[i].size(-1) != views[i - 1].size(-1);
    if (fresh) counts.push_back(0);
    ++counts.back();
  }
  return counts;
}

at::Tensor MultiCropNetwork::features(const std::vector<at::Tensor>& views,
                                      const RowAddresses& rows) {
  std::vector<at::Tensor> groups;
  auto begin = views.begin();
  for (const int64_t count : views_of_a_width(views)) {
    groups.push_back(at::cat(std::vector<at::Tensor>(begin, begin + count)));
    begin += count;
  }
  return backbone_->forward_groups(groups, &rows);
}

}  // namespace dinobench
