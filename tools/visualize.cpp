// dinobench visualize: pictures of a ViT's last attention, of one image or of the frames of a video
// (the reference's visualize_attention.py and video_generation.py).
#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "core/error.hpp"
#include "data/dataset.hpp"
#include "data/transforms.hpp"
#include "eval/attention_map.hpp"
#include "eval/attention_pictures.hpp"
#include "tools/frozen_model.hpp"
#include "tools/session.hpp"
#include "tools/video_file.hpp"

namespace dinobench::visualize {
namespace {

namespace fs = std::filesystem;

struct Config {
  std::string image_path, output_dir = ".", video_format = "mp4";
  std::vector<int64_t> image_size, resize;  // empty: not given
  std::vector<double> thresholds;
  double fps = 30;
  bool video_only = false;
};

void read_options(Options& options, Config& c) {
  options.get("image_path", c.image_path, "an image, or a folder of frames");
  options.get("output_dir", c.output_dir, "folder for the pictures");
  options.get("threshold", c.thresholds,
              "share of the attention's mass: one image gets mask pictures for each, frames show "
              "only what holds it; none: whole maps");
  options.get("image_size", c.image_size,
              "H W, or the short side: Pillow's bilinear resize first; none: 480 480 for one "
              "image, frames keep their size");
  options.get("resize", c.resize,
              "H W, or the short side: resize of the float tensor instead, as the reference does "
              "with frames");
  options.get("fps", c.fps, "frames a second of the video");
  options.choose("video_format", c.video_format, {"mp4", "avi"}, "of the video of a folder");
  options.get("video_only", c.video_only,
              "--image_path is a folder of attn-*.png already: only make the video");
  if (options.help_requested()) return;
  require(!c.image_path.empty(), "visualize needs --image_path: an image, or a folder of frames");
  require(fs::exists(c.image_path), "--image_path {}: no such file or folder", c.image_path);
  require(c.image_size.empty() || c.resize.empty(), "give --image_size or --resize, not both");
  require(c.image_size.size() <= 2 && c.resize.size() <= 2,
          "--image_size and --resize take H W, or one number for the short side");
  for (const double t : c.thresholds)
    require(t > 0 && t <= 1, "--threshold {}: a share of the mass in (0, 1] was expected", t);
  require(c.fps > 0, "--fps {}: expected more than 0", c.fps);
}

/// What the network sees of an image. `size`: Pillow's resize, empty for none.
at::Tensor input_of(const fs::path& path, const std::vector<int64_t>& size,
                    const std::vector<int64_t>& tensor_size, int64_t patch_size) {
  Image image = decode_image(path);
  const ImageSides own{image.height, image.width};
  if (!tensor_size.empty())
    return whole_patches(resized_input(image, resized_sides(own, tensor_size)), patch_size);
  if (!size.empty()) {
    const ImageSides sides = resized_sides(own, size);
    image = resize(image, sides.width, sides.height, Filter::bilinear);
  }
  return whole_patches(network_input(image), patch_size);
}

void show_image(const Config& config, const FrozenModel& model, RunContext& context) {
  if (context.comm.rank() != 0) return;
  const std::vector<int64_t> size =
      config.image_size.empty() ? std::vector<int64_t>{480, 480} : config.image_size;
  const at::Tensor input =
      input_of(config.image_path, size, config.resize, model.backbone->patch_size());
  const int64_t count = save_pictures(input, cls_attention(model, input, context),
                                      config.thresholds, config.output_dir);
  context.console.line(fmt::format("{}: {} pictures of {} x {} pixels", config.output_dir, count,
                                   input.size(3), input.size(2)));
}

/// Names of the pictures by frame; frames that differ by suffix alone would share one.
std::vector<std::string> picture_names(const Dataset& frames) {
  std::map<std::string, std::string> taken;
  std::vector<std::string> names;
  for (const Sample& frame : frames.samples) {
    names.push_back("attn-" + fs::path(frame.id).stem().string() + ".png");
    const auto [at, is_new] = taken.emplace(names.back(), frame.id);
    require(is_new, "{}: frames {} and {} would both become {}", frames.root.string(), at->second,
            frame.id, names.back());
  }
  return names;
}

bool is_picture(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with("attn-") && name.ends_with(".png");
}

void warn_of_strangers(const fs::path& folder, const std::vector<std::string>& names,
                       Console& console) {
  if (!fs::is_directory(folder)) return;
  const std::set<std::string> known(names.begin(), names.end());
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!is_picture(entry.path()) || known.contains(entry.path().filename().string())) continue;
    console.warn(fmt::format("{} is of no frame of this run, and will be in the video",
                             entry.path().string()));
    return;
  }
}

void show_frames(const Config& config, const Dataset& frames, const FrozenModel& model,
                 RunContext& context) {
  const int64_t patch = model.backbone->patch_size(), world = context.comm.size();
  const fs::path folder = fs::path(config.output_dir) / "attention";
  const std::vector<std::string> names = picture_names(frames);
  warn_of_strangers(folder, names, context.console);
  const std::optional<double> threshold =
      config.thresholds.empty() ? std::nullopt : std::optional(config.thresholds.front());
  ProgressLine progress(context.console, "visualize", frames.size(), "img");
  for (int64_t i = context.comm.rank(); i < frames.size(); i += world) {
    const at::Tensor input = input_of(frames.path(i), config.image_size, config.resize, patch);
    const at::Tensor map = mean_head(cls_attention(model, input, context));
    write_png(mean_picture(map, patch, threshold), folder / names[static_cast<size_t>(i)]);
    const int64_t done = std::min(world, frames.size() - (i - context.comm.rank()));
    progress.advance(done, done);
  }
  context.comm.barrier();
}

void make_video(const Config& config, const fs::path& pictures, Console& console) {
  const fs::path video = fs::path(config.output_dir) / ("video." + config.video_format);
  const auto command = video_command(pictures, config.fps, video);
  fs::create_directories(config.output_dir);
  if (run_program(command))
    console.line(fmt::format("{}: made of {}", video.string(), pictures.string()));
  else
    console.line("no ffmpeg on the PATH; with it this makes the video: " + shell_line(command));
}

int run(Options& options, Session& session) {
  RunSettings settings;
  Config config;
  ModelConfig model_config;
  model_config.patch_size = 8;  // the reference's default here
  read_options(options, settings);
  read_options(options, config);
  read_options(options, model_config);
  ready(options, session);
  const bool is_folder = fs::is_directory(config.image_path);
  if (config.video_only) {
    require(is_folder && std::any_of(fs::directory_iterator(config.image_path), {},
                                     [](const auto& entry) { return is_picture(entry.path()); }),
            "--video_only: {} is no folder of attn-*.png", config.image_path);
    if (session.comm.rank() == 0) make_video(config, config.image_path, session.console);
    return 0;
  }
  RunRecord record;
  RunContext context = open_context(settings, session, record);
  Dataset frames;
  if (is_folder) {
    frames = Registry<DatasetEntry>::find("flat_folder").open(config.image_path);
    require(!frames.samples.empty(), "--image_path {}: no image in this folder", config.image_path);
    require(config.thresholds.size() <= 1, "--threshold: frames take one, {} were given",
            config.thresholds.size());
  }
  const FrozenModel model = open_model(model_config, context);
  require(model.backbone->has_tokens(), "--arch {}: it has no attention to show; a ViT has",
          model.arch);
  if (!is_folder) {
    show_image(config, model, context);
    return 0;
  }
  show_frames(config, frames, model, context);
  if (context.comm.rank() == 0)
    make_video(config, fs::path(config.output_dir) / "attention", session.console);
  return 0;
}

[[maybe_unused]] const bool registered = Commands::add(
    {"visualize", "visualize --image_path FILE|FOLDER --arch A --pretrained_weights W.pth ...",
     "pictures of the last attention of a ViT; of a folder of frames, a video", run});

}  // namespace
}  // namespace dinobench::visualize
