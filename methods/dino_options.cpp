// Where each option of DINO is read, once.
#include "methods/dino_options.hpp"

#include "core/error.hpp"

namespace dinobench {

void read_options(Options& options, DinoOptions& config) {
  read_options(options, config.crops);
  options.get("out_dim", config.out_dim, "outputs of the head (the paper's K)");
  options.get("norm_last_layer", config.norm_last_layer,
              "keep the norms of the last layer's rows at 1; false often helps a ViT-S");
  options.get("use_bn_in_head", config.use_bn_in_head, "BatchNorm between the head's layers");
  options.get("head_hidden_dim", config.head_hidden_dim, "width of the head's hidden layers");
  options.get("head_bottleneck_dim", config.head_bottleneck_dim, "width before the last layer");
  options.get("head_nlayers", config.head_nlayers, "layers of the head before the last one");
  options.get("momentum_teacher", config.momentum_teacher,
              "first teacher momentum, rising to 1; 0.9995 for a global batch of 256");
  options.get("warmup_teacher_temp", config.warmup_teacher_temperature,
              "first teacher temperature; lower it if the loss does not fall");
  options.get("teacher_temp", config.teacher_temperature,
              "teacher temperature after the warm-up; above 0.07 is often unstable");
  options.get("warmup_teacher_temp_epochs", config.warmup_teacher_temperature_epochs,
              "epochs of the teacher temperature's warm-up");
  options.get("student_temp", config.student_temperature, "student temperature");
  options.get("center_momentum", config.center_momentum, "momentum of the teacher's centre");
  options.get("freeze_last_layer", config.freeze_last_layer,
              "epochs in which the last layer is not trained; more if the loss does not fall");
}

void check_options(const DinoOptions& config, int64_t epochs) {
  const auto positive = [](const char* name, auto value) {
    require(value > 0, "--{} is {}, expected a positive number", name, value);
  };
  const auto share = [](const char* name, double value) {
    require(value >= 0 && value <= 1, "--{} is {}, expected 0 to 1", name, value);
  };
  positive("out_dim", config.out_dim);
  positive("head_hidden_dim", config.head_hidden_dim);
  positive("head_bottleneck_dim", config.head_bottleneck_dim);
  positive("warmup_teacher_temp", config.warmup_teacher_temperature);
  positive("teacher_temp", config.teacher_temperature);
  positive("student_temp", config.student_temperature);
  share("momentum_teacher", config.momentum_teacher);
  share("center_momentum", config.center_momentum);
  const int64_t warmup = config.warmup_teacher_temperature_epochs;
  require(warmup >= 0 && warmup <= epochs,
          "--warmup_teacher_temp_epochs is {}, expected 0 to the {} epochs of training", warmup,
          epochs);
}

void ignore_dino_options(Options& options, const std::string& method) {
  const std::string reason = "method " + method + " does not use it";
  for (const char* name :
       {"out_dim", "head_hidden_dim", "head_bottleneck_dim", "head_nlayers", "momentum_teacher",
        "warmup_teacher_temp", "teacher_temp", "warmup_teacher_temp_epochs", "student_temp",
        "center_momentum", "freeze_last_layer", "local_crops_size", "local_crops_number"})
    options.ignore(name, reason);
  for (const char* name : {"norm_last_layer", "use_bn_in_head"}) options.ignore(name, reason, -1);
  for (const char* name : {"global_crops_scale", "local_crops_scale"})
    options.ignore(name, reason, 2);
}

}  // namespace dinobench
