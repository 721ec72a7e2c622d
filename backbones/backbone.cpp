// What all backbones share: groups one by one, refusals for networks without tokens, and the
// reference's other names.
#include "backbones/backbone.hpp"

#include <ATen/ops/cat.h>

#include "core/error.hpp"

namespace dinobench {

RowAddresses part_of(const RowAddresses& rows, size_t begin, size_t end) {
  RowAddresses part{rows.seed, rows.step, {}, {}, {}};
  const auto first = static_cast<std::ptrdiff_t>(begin), last = static_cast<std::ptrdiff_t>(end);
  part.samples.assign(rows.samples.begin() + first, rows.samples.begin() + last);
  part.views.assign(rows.views.begin() + first, rows.views.begin() + last);
  if (rows.scales.defined()) part.scales = rows.scales.narrow(-1, first, last - first);
  return part;
}

at::Tensor Backbone::forward_groups(const std::vector<at::Tensor>& groups,
                                    const RowAddresses* rows) {
  std::vector<at::Tensor> parts;
  size_t done = 0;
  for (const at::Tensor& group : groups) {
    const size_t end = done + static_cast<size_t>(group.size(0));
    const RowAddresses part = rows != nullptr ? part_of(*rows, done, end) : RowAddresses{};
    parts.push_back(forward(group, rows != nullptr ? &part : nullptr));
    done = end;
  }
  return at::cat(parts);
}

std::vector<at::Tensor> Backbone::last_blocks(const at::Tensor&, int64_t) {
  fail("this backbone has no tokens: its last blocks cannot be read; choose a vit_*");
}

at::Tensor Backbone::last_attention(const at::Tensor&) {
  fail("this backbone has no attention maps; choose a vit_*");
}

const BackboneEntry& find_backbone(const std::string& arch) {
  const std::string old = "deit";
  const size_t at = arch.find(old);
  if (at == std::string::npos) return Backbones::find(arch);
  return Backbones::find(std::string(arch).replace(at, old.size(), "vit"));
}

}  // namespace dinobench
