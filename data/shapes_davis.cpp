// davis/DAVIS: moving objects with a mask a frame, in the layout of DAVIS-2017.
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/shapes_labelled.hpp"
#include "data/shapes_part.hpp"
#include "data/write_jpeg.hpp"

namespace dinobench::shapes::davis_part {
namespace {

namespace fs = std::filesystem;

constexpr int kGenerator = 1;  // to be raised when the same seed draws other bytes
constexpr int kQuality = 92;   // of the JPEGs

void check(const ShapesConfig& config) {
  const DavisShapes& asked = config.davis;
  for (const int64_t side : asked.size) check_range("davis_size", side, 48, 1024);
  check_range("davis_sequences", asked.sequences, 1, 99);
  check_range("davis_frames", asked.frames, 2, 999);
}

void write_frame(const ShapesConfig& config, const fs::path& folder, int64_t sequence,
                 int64_t frame) {
  const LabelledImage drawn = draw_davis(config, sequence, frame);
  const std::string name = davis_name(sequence), number = fmt::format("{:05}", frame);
  write_jpeg(drawn.image, folder / "JPEGImages/480p" / name / (number + ".jpg"), kQuality);
  write_mask(drawn.mask, folder / "Annotations/480p" / name / (number + ".png"));
}

void write_list(const ShapesConfig& config, const fs::path& folder) {
  AtomicFile out(folder / "ImageSets/2017/val.txt");
  for (int64_t i = 0; i < config.davis.sequences; ++i) out.write(davis_name(i) + "\n");
  out.commit();
}

Plan plan(const ShapesConfig& config, const fs::path& root) {
  check(config);
  const DavisShapes& asked = config.davis;
  const fs::path folder = root / "davis/DAVIS";
  Plan out;
  out.settings = fmt::format(
      "generator = {}\nseed = {}\nsize = {} {}\nsequences = {}\nframes = {}\n", kGenerator,
      config.seed, asked.size[0], asked.size[1], asked.sequences, asked.frames);
  for (int64_t sequence = 0; sequence < asked.sequences; ++sequence)
    for (int64_t frame = 0; frame < asked.frames; ++frame)
      out.jobs.push_back({1, [=] { write_frame(config, folder, sequence, frame); }});
  out.jobs.push_back({0, [=] { write_list(config, folder); }});
  return out;
}

std::vector<std::vector<std::string>> rows() {
  std::vector<std::vector<std::string>> out;
  for (int64_t sequence = 0; sequence < 6; ++sequence) {
    auto& row = out.emplace_back();
    for (const int64_t frame : {0, 5, 10, 14, 19})
      for (const char* form : {"JPEGImages/480p/{}/{:05}.jpg", "Annotations/480p/{}/{:05}.png"})
        row.push_back("davis/DAVIS/" +
                      fmt::format(fmt::runtime(form), davis_name(sequence), frame));
  }
  return out;
}

[[maybe_unused]] const bool registered = Registry<Part>::add(
    {"davis",
     "davis/DAVIS/{JPEGImages,Annotations}/480p/<sequence> and ImageSets/2017/val.txt, as "
     "DAVIS-2017 (the name 480p is the layout's, not the height): objects that cross, cover each "
     "other, pass behind posts, turn, tumble, come near and leave the frame, under a camera that "
     "pans. Every object is well seen in the first frame; masks are exact.",
     "davis", plan, rows()});

}  // namespace
}  // namespace dinobench::shapes::davis_part
