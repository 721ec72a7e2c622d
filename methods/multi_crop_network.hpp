// A backbone and a head over views of several sizes.
#pragma once

#include <memory>
#include <vector>

#include "backbones/backbone.hpp"
#include "methods/dino_head.hpp"

namespace dinobench {

/// Addresses of the rows of all views, view-major: row v * B + b is sample b of view v.
RowAddresses view_rows(uint64_t seed, int64_t step, const std::vector<int64_t>& samples,
                       int64_t views);

/// How many consecutive views have one width, width after width.
std::vector<int64_t> views_of_a_width(const std::vector<at::Tensor>& views);

/// Consecutive views of one width go through the backbone together, the head runs once on all rows
/// (dino.md 3.2).
class MultiCropNetwork : public torch::nn::Module {
 public:
  MultiCropNetwork(std::shared_ptr<Backbone> backbone, std::shared_ptr<DinoHead> head);
  /// Views [B, 3, h, w] -> features of the backbone [views * B, D], view-major.
  at::Tensor features(const std::vector<at::Tensor>& views, const RowAddresses& rows);
  /// The same of views joined by width already, [views * B, 3, h, w] each.
  at::Tensor features_of_groups(const std::vector<at::Tensor>& groups, const RowAddresses& rows) {
    return backbone_->forward_groups(groups, &rows);
  }
  /// Features [N, D] -> logits [N, K].
  at::Tensor project(const at::Tensor& features) { return head_->forward(features); }
  at::Tensor forward(const std::vector<at::Tensor>& views, const RowAddresses& rows) {
    return project(this->features(views, rows));
  }
  const std::shared_ptr<Backbone>& backbone() const { return backbone_; }

 private:
  std::shared_ptr<Backbone> backbone_;
  std::shared_ptr<DinoHead> head_;
};

}  // namespace dinobench
