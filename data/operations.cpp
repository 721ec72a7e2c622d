// The table of transforms that have a text form.
#include "data/operations.hpp"

#include "core/error.hpp"
#include "core/numbers.hpp"
#include "core/options.hpp"
#include "data/frames.hpp"
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

Operation make_crop(const std::string& name, const std::string& value) {
  const std::vector<std::string> parts = split(value, ',');
  require(parts.size() == 4, "crop={}: left,top,width,height was expected", value);
  int64_t n[4];
  for (size_t i = 0; i < 4; ++i) n[i] = parse_int(parts[i], name);
  return [box = Box{n[0], n[1], n[2], n[3]}](Image& image) { image = crop(image, box); };
}

Operation make_resize(const std::string& name, const std::string& value) {
  const std::vector<std::string> parts = split(value, ':'), size = split(parts[0], 'x');
  require(size.size() == 2 && parts.size() <= 2,
          "resize={}: WIDTHxHEIGHT or WIDTHxHEIGHT:FILTER was expected", value);
  const int64_t width = parse_int(size[0], name), height = parse_int(size[1], name);
  const Filter filter = parts.size() == 2 ? filter_named(parts[1]) : Filter::bicubic;
  return [=](Image& image) { image = resize(image, width, height, filter); };
}

Operation make_opencv(const std::string& name, const std::string& value) {
  const std::vector<std::string> size = split(value, 'x');
  require(size.size() == 2, "opencv={}: WIDTHxHEIGHT was expected", value);
  const int64_t width = parse_int(size[0], name), height = parse_int(size[1], name);
  return [=](Image& image) { image = resize_opencv(image, width, height); };
}

Operation make_short_side(const std::string& name, const std::string& value) {
  const std::vector<std::string> parts = split(value, ':');
  require(parts.size() <= 2, "shortside={}: SIZE or SIZE:FILTER was expected", value);
  const int64_t size = parse_int(parts[0], name);
  const Filter filter = parts.size() == 2 ? filter_named(parts[1]) : Filter::bicubic;
  return [=](Image& image) { image = resize_short_side(image, size, filter); };
}

Operation make_thumbnail(const std::string& name, const std::string& value) {
  const int64_t size = parse_int(value, name);
  return [=](Image& image) { image = thumbnail(image, size); };
}

Operation make_center_crop(const std::string& name, const std::string& value) {
  const int64_t size = parse_int(value, name);
  return [=](Image& image) { image = center_crop(image, size); };
}

Operation make_solarize(const std::string& name, const std::string& value) {
  const int64_t threshold = parse_int(value, name);
  require(threshold >= 0 && threshold <= 256, "solarize={}: 0 to 256 was expected", value);
  return [=](Image& image) { solarize(image, static_cast<int>(threshold)); };
}

/// An operation of one real number.
template <void (*apply)(Image&, double)>
Operation make_real(const std::string& name, const std::string& value) {
  const double number = parse_double(value, name);
  return [=](Image& image) { apply(image, number); };
}

template <void (*apply)(Image&)>
Operation make_bare(const std::string&, const std::string&) {
  return apply;
}

struct Maker {
  const char *name, *form;  // an empty form: the name stands alone
  Operation (*make)(const std::string& name, const std::string& value);
};
constexpr Maker makers[] = {
    {"crop", "left,top,width,height", make_crop},  // a box that lies inside
    {"resize", "WxH[:FILTER]", make_resize},       // bicubic unless another filter is named
    {"shortside", "N[:FILTER]", make_short_side},  // the evaluation's resize
    {"centercrop", "N", make_center_crop},         // black where there is nothing
    {"opencv", "WxH", make_opencv},                // OpenCV's bilinear, as video frames are resized
    {"thumbnail", "N", make_thumbnail},            // shrinks to fit N x N
    {"hflip", "", make_bare<flip_horizontal>},
    {"brightness", "FACTOR", make_real<adjust_brightness>},
    {"contrast", "FACTOR", make_real<adjust_contrast>},
    {"saturation", "FACTOR", make_real<adjust_saturation>},
    {"hue", "TURNS", make_real<adjust_hue>},  // -0.5 to 0.5
    {"grayscale", "", make_bare<to_grayscale>},
    {"blur", "SIGMA", make_real<gaussian_blur>},
    {"solarize", "N", make_solarize},  // values of N and more are turned round
};

}  // namespace

Operation parse_operation(std::string_view text) {
  const size_t mark = text.find('=');
  const std::string name(text.substr(0, mark));
  std::vector<std::string> known;
  for (const Maker& maker : makers) {
    known.emplace_back(maker.name);
    if (name != maker.name) continue;
    const bool bare = *maker.form == '\0';
    require(bare == (mark == std::string_view::npos), "operation '{}': {}{}{} was expected", text,
            name, bare ? "" : "=", maker.form);
    return maker.make(name, bare ? std::string() : std::string(text.substr(mark + 1)));
  }
  const std::string near = nearest_name(name, known);
  fail("unknown operation '{}'{}; known: {}", name,
       near.empty() ? "" : ", did you mean '" + near + "'?", fmt::join(known, ", "));
}

std::string operation_forms() {
  std::vector<std::string> forms;
  for (const Maker& maker : makers) {
    forms.push_back(fmt::format("{}{}{}", maker.name, *maker.form == '\0' ? "" : "=", maker.form));
  }
  return fmt::format("{}", fmt::join(forms, ", "));
}

}  // namespace dinobench
