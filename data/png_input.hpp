// A PNG being read through libpng: samples as they are stored. Internal to data/.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dinobench {

/// Header first, rows when asked for. Samples of 1, 2 and 4 bits come as a byte each, palette
/// entries as their index, 16 bits as two bytes, the high one first.
class PngInput {
 public:
  struct Job;  // libpng's side of it

  /// Reads the header. `bytes` must outlive it; `name` is for messages. Input Error if it is
  /// damaged.
  PngInput(std::span<const uint8_t> bytes, std::string name);
  ~PngInput();
  PngInput(const PngInput&) = delete;
  PngInput& operator=(const PngInput&) = delete;

  int64_t width() const;
  int64_t height() const;
  int depth() const;      ///< bits of a stored sample: 1, 2, 4, 8 or 16
  bool indexed() const;   ///< samples are indices of palette()
  bool colour() const;    ///< red, green and blue; neither indexed nor colour: grey
  bool alpha() const;     ///< the last sample of a pixel is its opacity
  int channels() const;   ///< samples of a pixel
  size_t stride() const;  ///< bytes of a row

  /// Fills height() rows of stride() bytes, once. Input Error if the data is damaged or ends early.
  void read(uint8_t* first_row);

  /// RGB of all 256 indices, black where the file has no entry. [768]
  std::vector<uint8_t> palette() const;

 private:
  std::unique_ptr<Job> job_;
};

}  // namespace dinobench
