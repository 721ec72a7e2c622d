// The table of transforms that have a text form.
#include "data/operations.hpp"

#include "core/error.hpp"
#include "core/numbers.hpp"
#include "core/options.hpp"
#include "data/transforms.hpp"

namespace dinobench {
namespace {

std::vector<std::string> split(std::string_view text, char mark) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == mark) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

Operation make_crop(const std::string& value) {
  const std::vector<std::string> parts = split(value, ',');
  require(parts.size() == 4, "crop={}: left,top,width,height was expected", value);
  int64_t n[4];
  for (size_t i = 0; i < 4; ++i) n[i] = parse_int(parts[i], "crop");
  return [box = Box{n[0], n[1], n[2], n[3]}](Image& image) { image = crop(image, box); };
}

Operation make_resize(const std::string& value) {
  const std::vector<std::string> parts = split(value, ':'), size = split(parts[0], 'x');
  require(size.size() == 2 && parts.size() <= 2,
          "resize={}: WIDTHxHEIGHT or WIDTHxHEIGHT:FILTER was expected", value);
  const int64_t width = parse_int(size[0], "resize"), height = parse_int(size[1], "resize");
  const Filter filter = parts.size() == 2 ? filter_named(parts[1]) : Filter::bicubic;
  return [=](Image& image) { image = resize(image, width, height, filter); };
}

Operation make_short_side(const std::string& value) {
  const std::vector<std::string> parts = split(value, ':');
  require(parts.size() <= 2, "shortside={}: SIZE or SIZE:FILTER was expected", value);
  const int64_t size = parse_int(parts[0], "shortside");
  const Filter filter = parts.size() == 2 ? filter_named(parts[1]) : Filter::bicubic;
  return [=](Image& image) { image = resize_short_side(image, size, filter); };
}

Operation make_thumbnail(const std::string& value) {
  const int64_t size = parse_int(value, "thumbnail");
  return [=](Image& image) { image = thumbnail(image, size); };
}

Operation make_center_crop(const std::string& value) {
  const int64_t size = parse_int(value, "centercrop");
  return [=](Image& image) { image = center_crop(image, size); };
}

Operation make_solarize(const std::string& value) {
  const int64_t threshold = parse_int(value, "solarize");
  require(threshold >= 0 && threshold <= 256, "solarize={}: 0 to 256 was expected", value);
  return [=](Image& image) { solarize(image, static_cast<int>(threshold)); };
}

/// An operation of one real number.
template <void (*apply)(Image&, double)>
Operation make_real(const std::string& value) {
  const double number = parse_double(value, "value");
  return [=](Image& image) { apply(image, number); };
}

template <void (*apply)(Image&)>
Operation make_bare(const std::string&) {
  return apply;
}

struct Entry {
  const char *name, *form, *summary;  // an empty form: the name stands alone
  Operation (*make)(const std::string&);
};
constexpr Entry entries[] = {
    {"crop", "left,top,width,height", "the box, which must lie inside", make_crop},
    {"resize", "WxH[:FILTER]", "bicubic, bilinear, lanczos or nearest", make_resize},
    {"shortside", "N[:FILTER]", "resizes the short side to N", make_short_side},
    {"centercrop", "N", "the central N x N, black where there is nothing", make_center_crop},
    {"thumbnail", "N", "shrinks to fit N x N: box reduction, then Lanczos", make_thumbnail},
    {"hflip", "", "mirrors left and right", make_bare<flip_horizontal>},
    {"brightness", "F", "blends with black", make_real<adjust_brightness>},
    {"contrast", "F", "blends with the mean grey", make_real<adjust_contrast>},
    {"saturation", "F", "blends with the grey image", make_real<adjust_saturation>},
    {"hue", "F", "turns the hue by F in [-0.5, 0.5]", make_real<adjust_hue>},
    {"grayscale", "", "luma in all three channels", make_bare<to_grayscale>},
    {"blur", "SIGMA", "Gaussian by three box passes", make_real<gaussian_blur>},
    {"solarize", "N", "turns values of N and more round", make_solarize},
};

}  // namespace

Operation parse_operation(std::string_view text) {
  const size_t mark = text.find('=');
  const std::string name(text.substr(0, mark));
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    known.emplace_back(entry.name);
    if (name != entry.name) continue;
    const bool bare = *entry.form == '\0';
    require(bare == (mark == std::string_view::npos), "operation '{}': {}{}{} was expected", text,
            name, bare ? "" : "=", entry.form);
    return entry.make(bare ? std::string() : std::string(text.substr(mark + 1)));
  }
  const std::string near = nearest_name(name, known);
  fail("unknown operation '{}'{}; known: {}", name,
       near.empty() ? "" : ", did you mean '" + near + "'?", fmt::join(known, ", "));
}

std::vector<std::string> operation_help() {
  std::vector<std::string> lines;
  for (const Entry& entry : entries) {
    const std::string form =
        fmt::format("{}{}{}", entry.name, *entry.form == '\0' ? "" : "=", entry.form);
    lines.push_back(fmt::format("  {:<28} {}", form, entry.summary));
  }
  return lines;
}

}  // namespace dinobench
