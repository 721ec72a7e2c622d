// Viridis and inferno as tables, and pictures made with them.
#include "data/colour_map.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "core/error.hpp"

namespace dinobench {
namespace {

// The 256 colours in order, two hexadecimal digits for each of R, G and B. Data of matplotlib's
// _cm_listed.py (S. van der Walt, N. Smith, E. Firing), which its authors gave to the public domain
// (CC0); its floats become bytes as there, by truncation of 255 times the value.
constexpr std::string_view viridis_digits =
    "44015444025544035745055845065a45085b46095c460b5e460c5f460e61470f62471163471265471466471567"
    "47166947186a48196b481a6c481c6e481d6f481e70482071482172482273482374472575472676472777472878"
    "472a79472b7a472c7b462d7c462f7c46307d46317e45327f45347f453580453681443781443982433a83433b83"
    "433c84423d84423e854240854141864142864043874044873f45873f47883e48883e49893d4a893d4b893d4c89"
    "3c4d8a3c4e8a3b508a3b518a3a528b3a538b39548b39558b38568b38578c37588c37598c365a8c365b8c355c8c"
    "355d8c345e8d345f8d33608d33618d32628d32638d31648d31658d31668d30678d30688d2f698d2f6a8d2e6b8e"
    "2e6c8e2e6d8e2d6e8e2d6f8e2c708e2c718e2c728e2b738e2b748e2a758e2a768e2a778e29788e29798e287a8e"
    "287a8e287b8e277c8e277d8e277e8e267f8e26808e26818e25828e25838d24848d24858d24868d23878d23888d"
    "23898d22898d228a8d228b8d218c8d218d8c218e8c208f8c20908c20918c1f928c1f938b1f948b1f958b1f968b"
    "1e978a1e988a1e998a1e998a1e9a891e9b891e9c891e9d881e9e881e9f881ea0871fa1871fa2861fa38620a485"
    "20a58521a68521a78422a78423a88323a98224aa8225ab8126ac8127ad8028ae7f29af7f2ab07e2bb17d2cb17d"
    "2eb27c2fb37b30b47a32b57a33b67935b77836b87738b97639b9763bba753dbb743ebc7340bd7242be7144be70"
    "45bf6f47c06e49c16d4bc26c4dc26b4fc36951c46853c56755c66657c66559c7645bc8625ec96160c96062ca5f"
    "64cb5d67cc5c69cc5b6bcd596dce5870ce5672cf5574d05477d05279d1517cd24f7ed24e81d34c83d34b86d449"
    "88d5478bd5468dd64490d64392d74195d73f97d83e9ad83c9dd93a9fd938a2da37a5da35a7db33aadb32addc30"
    "afdc2eb2dd2cb5dd2bb7dd29bade27bdde26bfdf24c2df22c5df21c7e01fcae01ecde01dcfe11cd2e11bd4e11a"
    "d7e219dae218dce218dfe318e1e318e4e318e7e419e9e419ece41aeee51bf1e51cf3e51ef6e61ff8e621fae622"
    "fde724";

constexpr std::string_view inferno_digits =
    "00000300000400000601000701010901010b02010e02021003021204031404031605041806041b07051d08061f"
    "0906210a07230b07260d08280e082a0f092d10092f120a32130a34140b36160b39170b3b190b3e1a0b401c0c43"
    "1d0c451f0c47200c4a220b4c240b4e260b50270b52290b542b0a562d0a582e0a5a300a5c32095d34095f350960"
    "3709613909623b09643c09653e0966400966410967430a68450a69460a69480b6a4a0b6a4b0c6b4d0c6b4f0d6c"
    "500d6c520e6c530e6d550f6d570f6d58106d5a116d5b116e5d126e5f126e60136e62146e63146e65156e66156e"
    "68166e6a176e6b176e6d186e6e186e70196e72196d731a6d751b6d761b6d781c6d7a1c6d7b1d6c7d1d6c7e1e6c"
    "801f6b811f6b83206b85206a86216a88216a8922698b22698d23698e2468902468912567932567952666962666"
    "9827659928649b28649c29639e2963a02a62a12b61a32b61a42c60a62c5fa72d5fa92e5eab2e5dac2f5cae305b"
    "af315bb1315ab23259b43358b53357b73456b83556ba3655bb3754bd3753be3852bf3951c13a50c23b4fc43c4e"
    "c53d4dc73e4cc83e4bc93f4acb4049cc4148cd4247cf4446d04544d14643d24742d44841d54940d64a3fd74b3e"
    "d94d3dda4e3bdb4f3adc5039dd5238de5337df5436e05634e25733e35832e45a31e55b30e65c2ee65e2de75f2c"
    "e8612be9622aea6428eb6527ec6726ed6825ed6a23ee6c22ef6d21f06f1ff0701ef1721df2741cf2751af37719"
    "f37918f47a16f57c15f57e14f68012f68111f78310f7850ef8870df8880cf88a0bf98c09f98e08f99008fa9107"
    "fa9306fa9506fa9706fb9906fb9b06fb9d06fb9e07fba007fba208fba40afba60bfba80dfbaa0efbac10fbae12"
    "fbb014fbb116fbb318fbb51afbb71cfbb91efabb21fabd23fabf25fac128f9c32af9c52cf9c72ff8c931f8cb34"
    "f8cd37f7cf3af7d13cf6d33ff6d542f5d745f5d948f4db4bf4dc4ff3de52f3e056f3e259f2e45df2e660f1e864"
    "f1e968f1eb6cf1ed70f1ee74f1f079f1f27df2f381f2f485f3f689f4f78df5f891f6fa95f7fb99f9fc9dfafda0"
    "fcfea4";

uint8_t digit(char c) { return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); }

ColourMap parse(std::string_view digits) {
  ColourMap map;
  for (size_t i = 0; i < map.size(); ++i) {
    for (size_t channel = 0; channel < 3; ++channel) {
      const size_t at = 6 * i + 2 * channel;
      map[i][channel] = static_cast<uint8_t>(16 * digit(digits[at]) + digit(digits[at + 1]));
    }
  }
  return map;
}

}  // namespace

const ColourMap& viridis() {
  static const ColourMap map = parse(viridis_digits);
  return map;
}

const ColourMap& inferno() {
  static const ColourMap map = parse(inferno_digits);
  return map;
}

Image colour_picture(std::span<const float> values, int64_t width, int64_t height,
                     const ColourMap& map) {
  require(width > 0 && height > 0 && values.size() == static_cast<size_t>(width * height),
          "a picture of {} x {} pixels from {} values", width, height, values.size());
  require(std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }),
          "a picture of values that are not all finite");
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const float base = *low, range = *high - *low;
  Image picture{width, height, {}};
  picture.pixels.reserve(3 * values.size());
  for (const float value : values) {
    const float share = range > 0 ? (value - base) / range : 0.0f;
    const auto level = std::min<size_t>(255, static_cast<size_t>(share * 256));
    picture.pixels.insert(picture.pixels.end(), map[level].begin(), map[level].end());
  }
  return picture;
}

}  // namespace dinobench
