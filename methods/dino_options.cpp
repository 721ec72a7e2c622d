// Where each option of DINO is read, once.
#include "methods/dino_options.hpp"

#include <utility>
#include <vector>

#include "core/error.hpp"

namespace dinobench {
namespace dino_options {
namespace {

template <class Choice>
using Named = std::vector<std::pair<std::string, Choice>>;

/// Reads a name of `all`; the default is the value already in `value`.
template <class Choice>
void choose(Options& options, const char* name, Choice& value, const Named<Choice>& all,
            const char* help) {
  std::string word;
  std::vector<std::string> words;
  for (const auto& [text, choice] : all) {
    words.push_back(text);
    if (choice == value) word = text;
  }
  options.choose(name, word, words, help);
  for (const auto& [text, choice] : all)
    if (text == word) value = choice;
}

void read_ablations(Options& options, DinoOptions& config) {
  choose(options, "teacher_update", config.teacher_update,
         {{"momentum", TeacherUpdate::momentum},
          {"student_copy", TeacherUpdate::student_copy},
          {"previous_iteration", TeacherUpdate::previous_iteration},
          {"previous_epoch", TeacherUpdate::previous_epoch}},
         "how the teacher follows the student's weights; paper, Fig. 6");
  choose(options, "centering", config.centering,
         {{"center", Centering::center},
          {"sinkhorn_knopp", Centering::sinkhorn_knopp},
          {"softmax_batch", Centering::softmax_batch},
          {"none", Centering::none}},
         "what is done to the teacher's outputs; paper, Table 15");
  options.get("sinkhorn_iterations", config.sinkhorn_iterations,
              "iterations of --centering sinkhorn_knopp");
  choose(options, "dino_loss", config.loss,
         {{"cross_entropy", DinoLoss::cross_entropy}, {"mse", DinoLoss::mean_squared_error}},
         "mse: of unit outputs, without temperatures; paper, Table 14");
  options.get("predictor", config.predictor,
              "a further perceptron in the student's head, as BYOL's; paper, Table 7");
  options.get("predictor_hidden_dim", config.predictor_hidden_dim,
              "width of the predictor's hidden layer");
}

void check_ablations(const DinoOptions& config) {
  require(config.sinkhorn_iterations >= 1, "--sinkhorn_iterations is {}, expected 1 or more",
          config.sinkhorn_iterations);
  require(config.predictor_hidden_dim >= 1, "--predictor_hidden_dim is {}, expected 1 or more",
          config.predictor_hidden_dim);
  const bool spread =
      config.centering == Centering::sinkhorn_knopp || config.centering == Centering::softmax_batch;
  require(config.loss == DinoLoss::cross_entropy || !spread,
          "--dino_loss mse compares outputs, --centering {} gives probabilities: expected center "
          "or none",
          config.centering == Centering::sinkhorn_knopp ? "sinkhorn_knopp" : "softmax_batch");
}

}  // namespace
}  // namespace dino_options

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
  dino_options::read_ablations(options, config);
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
  dino_options::check_ablations(config);
}

void ignore_dino_options(Options& options, const std::string& method) {
  const std::string reason = "method " + method + " does not use it";
  for (const char* name :
       {"out_dim", "head_hidden_dim", "head_bottleneck_dim", "head_nlayers", "momentum_teacher",
        "warmup_teacher_temp", "teacher_temp", "warmup_teacher_temp_epochs", "student_temp",
        "center_momentum", "freeze_last_layer", "local_crops_size", "local_crops_number",
        "teacher_update", "centering", "sinkhorn_iterations", "dino_loss", "predictor_hidden_dim"})
    options.ignore(name, reason);
  for (const char* name : {"norm_last_layer", "use_bn_in_head", "predictor"})
    options.ignore(name, reason, -1);
  for (const char* name : {"global_crops_scale", "local_crops_scale"})
    options.ignore(name, reason, 2);
}

}  // namespace dinobench
