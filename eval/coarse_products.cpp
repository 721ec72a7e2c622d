// The bound, with u = 2^-24 and |.| the norm of a vector. Query a = m + p, row b = m + r about the
// centre m; p = p' + dp and r = r' + dr, where p' and r' are what rounding left. Then
//   a.b = (m.b) + (m.a - m.m) + p.r   and   p.r = p'.r' + p'.dr + dp.r,
// and by Cauchy-Schwarz |p.r - p'.r'| <= |p'| |dr| + |dp| |r|: the norms of the actual residuals,
// which for bfloat16 come to some 2^-9.3 of the row, not to the worst case of 2^-8. What is added:
//   p'.r' summed in float32: at most D + 4 roundings, each of u of at most |p'| |r'| (int8: exact);
//   m.b summed in float32 in sixteen parts: D / 16 + 16 roundings of u |m| |b|;
//   the other constants, the sum of all three, and cosine()'s own rounding: 8 u of their sizes;
//   subtracting m and its residual's own rounding: 4 u of |p| and of |r|, counted as residual;
//   results below 2^-126, which the products of bfloat16 take for zero: 1e-30.
// Norms are themselves summed in float32, D / 16 + 16 roundings: all is taken a thousandth larger.
#include "eval/coarse_products.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/form.hpp"
#include "eval/coarse_kernels.hpp"
#include "eval/row_kernels.hpp"

namespace dinobench {
namespace coarse_products {
namespace {

constexpr double kUnit = 0x1p-24, kSpare = 1.001;

int64_t depth_of(Coarse kind, int64_t dimension) {
  return (dimension + 31) / 32 * (kind == Coarse::bf16 ? 16 : 8);
}

// 1e-18: squares that float32 has no room for.
double length(float squares) { return kSpare * std::sqrt(static_cast<double>(squares)) + 1e-18; }

double residual_of(const coarse_kernels::Rounded& row) {
  return length(row.residual2) + 4 * kUnit * length(row.norm2);
}

at::Tensor words(int64_t count) { return at::empty({count}, at::kInt); }

uint32_t* data_of(at::Tensor& words) {
  return reinterpret_cast<uint32_t*>(words.mutable_data_ptr<int32_t>());
}

}  // namespace
}  // namespace coarse_products

std::vector<float> centre_of(const at::Tensor& rows) {
  constexpr int64_t kSample = 2048;
  const int64_t dimension = rows.size(1), step = std::max<int64_t>(1, rows.size(0) / kSample);
  std::vector<double> sums(static_cast<size_t>(dimension), 0.0);
  double count = 0;
  for (int64_t row = 0; row < rows.size(0); row += step, ++count) {
    const float* values = rows.const_data_ptr<float>() + row * dimension;
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += static_cast<double>(values[i]);
  }
  std::vector<float> centre;
  for (const double sum : sums) centre.push_back(static_cast<float>(sum / std::max(count, 1.0)));
  return centre;
}

int64_t CoarseProducts::block_of(Coarse kind, int64_t dimension) {
  constexpr int64_t kCache = 768 << 10;
  const int64_t rows = kCache / (4 * coarse_products::depth_of(kind, dimension));
  return std::max<int64_t>(1, std::min<int64_t>(rows, 4096) / coarse_kernels::kTile) *
         coarse_kernels::kTile;
}

bool CoarseProducts::available() { return form() == Form::avx512_bf16; }

CoarseProducts::CoarseProducts(Coarse kind, const float* queries, int64_t count, int64_t dimension,
                               std::vector<float> centre)
    : kind_(kind),
      count_(count),
      dimension_(dimension),
      depth_(coarse_products::depth_of(kind, dimension)),
      tiles_((count + coarse_kernels::kTile - 1) / coarse_kernels::kTile),
      centre_(std::move(centre)),
      queries_(static_cast<size_t>(count)),
      packed_(coarse_products::words(tiles_ * coarse_kernels::kTile * depth_).zero_()),
      panel_(coarse_products::words(kPanel * depth_)),
      lines_(coarse_products::words(kPanel * depth_).zero_()),
      row_constants_(kPanel, 0.0F),
      row_scales_(kPanel, 0.0F) {
  const auto all = static_cast<size_t>(tiles_ * coarse_kernels::kTile);
  thresholds_.assign(all, std::numeric_limits<float>::infinity());  // nothing for what pads
  scales_.assign(all, 0.0F);
  corrections_.assign(all, 0);
  hits_.resize(all * kPanel);
  for (const float value : centre_) centre_norm_ += static_cast<double>(value * value);
  centre_norm_ = coarse_products::kSpare * std::sqrt(centre_norm_);
  round_queries(queries);
}

void CoarseProducts::round_queries(const float* rows) {
  const auto round =
      kind_ == Coarse::bf16 ? coarse_kernels::round_bf16 : coarse_kernels::round_int8;
  std::vector<uint32_t> line(static_cast<size_t>(depth_));
  uint32_t* packed = coarse_products::data_of(packed_);
  for (int64_t q = 0; q < count_; ++q) {
    const float* row = rows + q * dimension_;
    const coarse_kernels::Rounded rounded = round(row, centre_.data(), dimension_, line.data());
    Query& own = queries_[static_cast<size_t>(q)];
    for (size_t i = 0; i < centre_.size(); ++i)
      own.offset += static_cast<double>(centre_[i]) *
                    (static_cast<double>(row[i]) - static_cast<double>(centre_[i]));
    own.norm = coarse_products::length(rounded.norm2);
    own.residual = coarse_products::residual_of(rounded);
    own.least = -std::numeric_limits<double>::infinity();
    scales_[static_cast<size_t>(q)] = rounded.scale;
    corrections_[static_cast<size_t>(q)] = -128 * rounded.sum;  // the rows' bytes have 128 added
    const int64_t tile = q / coarse_kernels::kTile, place = q % coarse_kernels::kTile;
    for (int64_t word = 0; word < depth_; ++word)
      packed[(tile * depth_ + word) * coarse_kernels::kTile + place] =
          line[static_cast<size_t>(word)];
    set_threshold(static_cast<size_t>(q));
  }
}

double CoarseProducts::error(int64_t query) const {
  const Query& q = queries_[static_cast<size_t>(query)];
  const double m = centre_norm_, own = q.norm + q.residual, rows = bank_norm_ + bank_residual_;
  const auto dimension = static_cast<double>(dimension_);
  const double rounding = own * bank_residual_ + q.residual * bank_norm_;
  const double sums = (dimension + 4) * own * rows + (dimension / 16 + 16) * m * (m + rows);
  const double rest = 8 * (own * rows + m * (m + rows) + m * (m + own));
  return coarse_products::kSpare * (rounding + coarse_products::kUnit * (sums + rest)) + 1e-30;
}

void CoarseProducts::set_threshold(size_t query) {
  const Query& own = queries_[query];
  thresholds_[query] =
      row_kernels::float_below(own.least - own.offset - error(static_cast<int64_t>(query)));
}

void CoarseProducts::keep_from(int64_t query, double least) {
  Query& own = queries_[static_cast<size_t>(query)];
  if (least <= own.least) return;
  own.least = least;
  set_threshold(static_cast<size_t>(query));
}

void CoarseProducts::load(const float* rows, int64_t count) {
  const auto round =
      kind_ == Coarse::bf16 ? coarse_kernels::round_bf16 : coarse_kernels::round_int8;
  uint32_t* lines = coarse_products::data_of(lines_);
  double norm = bank_norm_, residual = bank_residual_;
  for (int64_t row = 0; row < count; ++row) {
    const coarse_kernels::Rounded rounded =
        round(rows + row * dimension_, centre_.data(), dimension_, lines + row * depth_);
    row_constants_[static_cast<size_t>(row)] = rounded.dot;
    row_scales_[static_cast<size_t>(row)] = rounded.scale;
    norm = std::max(norm, coarse_products::length(rounded.norm2));
    residual = std::max(residual, coarse_products::residual_of(rounded));
  }
  coarse_kernels::transpose(lines, depth_, kind_ == Coarse::bf16 ? 0 : 0x80808080U,
                            coarse_products::data_of(panel_));
  loaded_ = count;
  if (norm == bank_norm_ && residual == bank_residual_) return;
  bank_norm_ = norm;
  bank_residual_ = residual;
  for (size_t query = 0; query < queries_.size(); ++query) set_threshold(query);
}

std::span<const CoarseProducts::Hit> CoarseProducts::scan() {
  const uint32_t valid = loaded_ == kPanel ? 0xffffffffU : (1U << loaded_) - 1;
  const coarse_kernels::Panel panel{coarse_products::data_of(panel_), depth_, row_constants_.data(),
                                    row_scales_.data(), valid};
  const coarse_kernels::Tiles tiles{coarse_products::data_of(packed_), tiles_, thresholds_.data(),
                                    scales_.data(), corrections_.data()};
  const auto scan = kind_ == Coarse::bf16 ? coarse_kernels::scan_bf16 : coarse_kernels::scan_int8;
  return {hits_.data(), static_cast<size_t>(scan(panel, tiles, hits_.data()))};
}
}  // namespace dinobench
