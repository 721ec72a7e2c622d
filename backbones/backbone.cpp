// What all backbones share: refusals for networks without tokens, and the reference's other names.
#include "backbones/backbone.hpp"

#include "core/error.hpp"

namespace dinobench {

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
