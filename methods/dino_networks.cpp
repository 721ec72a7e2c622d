// Construction: who has what.
#include "methods/dino_networks.hpp"

#include "core/error.hpp"
#include "methods/rank_sums.hpp"

namespace dinobench {
namespace dino_networks {
namespace {

DinoHeadShape teacher_head(int64_t embed_dim, const DinoOptions& config) {
  DinoHeadShape head{.in = embed_dim, .out = config.out_dim};
  head.hidden = config.head_hidden_dim;
  head.bottleneck = config.head_bottleneck_dim;
  head.layers = config.head_nlayers;
  head.batch_norm = config.use_bn_in_head;
  head.norm_last_layer = true;
  return head;
}

DinoHeadShape student_head(int64_t embed_dim, const DinoOptions& config) {
  DinoHeadShape head = teacher_head(embed_dim, config);
  head.norm_last_layer = config.norm_last_layer;
  if (config.predictor) head.predictor_hidden = config.predictor_hidden_dim;
  return head;
}

void start_as(const MultiCropNetwork& teacher, const MultiCropNetwork& student) {
  NamedTensors shared = state_of(student);
  std::erase_if(shared, [](const auto& item) { return item.first.starts_with("head.predictor."); });
  load_state(state_of(teacher), shared, "the student");
  for (auto& [name, tensor] : parameters_of(teacher)) tensor.set_requires_grad(false);
}

}  // namespace
}  // namespace dino_networks

DinoNetworks make_dino_networks(const MethodInputs& inputs, const DinoOptions& config) {
  require(inputs.backbone.has_weights, "backbone '{}' has no weights that dino could train",
          inputs.backbone.name);
  BackboneConfig student_config = inputs.backbone_config;
  student_config.image_size = config.crops.global_crops_size;
  BackboneConfig teacher_config = student_config;
  teacher_config.drop_path_rate = 0;

  const auto student_backbone = inputs.backbone.make(student_config);
  const auto teacher_backbone = inputs.backbone.make(teacher_config);
  const int64_t width = student_backbone->embed_dim();
  const auto head = [](const DinoHeadShape& shape) { return std::make_shared<DinoHead>(shape); };
  DinoNetworks out;
  out.student = std::make_shared<MultiCropNetwork>(
      student_backbone, head(dino_networks::student_head(width, config)));
  out.teacher = std::make_shared<MultiCropNetwork>(
      teacher_backbone, head(dino_networks::teacher_head(width, config)));
  dino_networks::start_as(*out.teacher, *out.student);
  for (MultiCropNetwork* network : {out.student.get(), out.teacher.get()})
    synchronise_batch_norm(*network, rank_sums(inputs.comm));
  return out;
}

}  // namespace dinobench
