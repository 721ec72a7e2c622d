// Label propagation, tile by tile.
#include "eval/label_propagation.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>

#include <limits>

#include "core/error.hpp"
#include "eval/label_sources.hpp"

namespace dinobench {
namespace label_propagation {
namespace {

using label_sources::Range;
using label_sources::reach;
using label_sources::Source;

constexpr int64_t kTile = 8;  // patches a side: with a radius of 12 a box of 32 holds all in reach

struct Tile {
  Range rows, columns;
};

std::vector<Tile> tiles_of(PatchGrid grid) {
  std::vector<Tile> tiles;
  for (int64_t row = 0; row < grid.rows; row += kTile)
    for (int64_t column = 0; column < grid.columns; column += kTile)
      tiles.push_back({{row, std::min(grid.rows, row + kTile)},
                       {column, std::min(grid.columns, column + kTile)}});
  return tiles;
}

at::Tensor cut(const at::Tensor& features, PatchGrid grid, const Tile& box) {
  return features.view({grid.rows, grid.columns, -1})
      .slice(0, box.rows.first, box.rows.end)
      .slice(1, box.columns.first, box.columns.end)
      .reshape({box.rows.size() * box.columns.size(), -1});
}

template <class T>
class TileWork {
 public:
  TileWork(const at::Tensor& target, const std::vector<LabelledFrame>& contexts, PatchGrid grid,
           const PropagationConfig& config, const Tile& tile)
      : target_(target), contexts_(contexts), grid_(grid), config_(config), tile_(tile) {
    box_ = {reach(tile.rows, config.radius, grid.rows),
            reach(tile.columns, config.radius, grid.columns)};
    const at::Tensor queries = cut(target, grid, tile);
    for (const LabelledFrame& context : contexts)
      products_.push_back(at::matmul(queries, cut(context.features, grid, box_).t()).contiguous());
  }

  void run(double* labels, int64_t channels) {
    int64_t query = 0;
    for (int64_t row = tile_.rows.first; row < tile_.rows.end; ++row)
      for (int64_t column = tile_.columns.first; column < tile_.columns.end; ++column, ++query) {
        const int64_t cell = row * grid_.columns + column;
        find_sources(query, row, column);
        label_sources::mix(sources_, contexts_, config_, channels, labels + cell * channels);
      }
  }

 private:
  // Calls visit(context, cell, products, count) for each run of neighbours in a row, in order.
  template <class Visit>
  void each_run(int64_t query, int64_t row, int64_t column, Visit visit) const {
    const Range rows = reach({row, row + 1}, config_.radius, grid_.rows);
    const Range columns = reach({column, column + 1}, config_.radius, grid_.columns);
    const int64_t width = box_.columns.size(), cells = box_.rows.size() * width;
    for (size_t context = 0; context < products_.size(); ++context) {
      const T* products = products_[context].const_data_ptr<T>() + query * cells;
      for (int64_t r = rows.first; r < rows.end; ++r)
        visit(context, r * grid_.columns + columns.first,
              products + (r - box_.rows.first) * width + (columns.first - box_.columns.first),
              columns.size());
    }
  }

  // The topk-th largest product of the query; the least there can be if there are fewer.
  T kth_product(int64_t query, int64_t row, int64_t column) {
    best_.assign(static_cast<size_t>(config_.topk), std::numeric_limits<T>::lowest());
    each_run(query, row, column, [&](size_t, int64_t, const T* products, int64_t count) {
      for (int64_t i = 0; i < count; ++i) {
        if (!(products[i] > best_.back())) continue;
        const auto at = std::upper_bound(best_.begin(), best_.end(), products[i], std::greater<>());
        std::move_backward(at, best_.end() - 1, best_.end());
        *at = products[i];
      }
    });
    return best_.back();
  }

  // Every patch that may be among the topk: a product of two unit rows errs by less than D
  // roundings of 1, and so does the one it is compared with.
  void find_sources(int64_t query, int64_t row, int64_t column) {
    const int64_t dimension = target_.size(1);
    const T slack = 2 * static_cast<T>(dimension + 8) * std::numeric_limits<T>::epsilon();
    const T least = kth_product(query, row, column) - slack;
    const T* own = target_.const_data_ptr<T>() + (row * grid_.columns + column) * dimension;
    sources_.clear();
    each_run(
        query, row, column, [&](size_t context, int64_t cell, const T* products, int64_t count) {
          const T* features = contexts_[context].features.const_data_ptr<T>();
          for (int64_t i = 0; i < count; ++i)
            if (products[i] >= least)
              sources_.push_back(
                  {context, cell + i,
                   label_sources::similarity(own, features + (cell + i) * dimension, dimension)});
        });
  }

  const at::Tensor& target_;
  const std::vector<LabelledFrame>& contexts_;
  PatchGrid grid_;
  const PropagationConfig& config_;
  Tile tile_, box_;
  std::vector<at::Tensor> products_;  // of each context, [patches of the tile, of the box]
  std::vector<T> best_;
  std::vector<Source> sources_;
};

template <class T>
void run_tiles(const at::Tensor& target, const std::vector<LabelledFrame>& contexts, PatchGrid grid,
               const PropagationConfig& config, at::Tensor& labels) {
  const std::vector<Tile> tiles = tiles_of(grid);
  double* out = labels.mutable_data_ptr<double>();
  at::parallel_for(0, static_cast<int64_t>(tiles.size()), 1, [&](int64_t first, int64_t end) {
    const at::NoGradGuard no_grad;
    for (int64_t i = first; i < end; ++i)
      TileWork<T>(target, contexts, grid, config, tiles[static_cast<size_t>(i)])
          .run(out, labels.size(1));
  });
}

}  // namespace
}  // namespace label_propagation

at::Tensor propagate(const at::Tensor& target, const std::vector<LabelledFrame>& contexts,
                     PatchGrid grid, const PropagationConfig& config) {
  require(!contexts.empty() && target.dim() == 2 && target.size(0) == grid.cells(),
          "label propagation over {} patches from {} contexts to {}", grid.cells(), contexts.size(),
          target.size(0));
  at::Tensor labels = at::empty({grid.cells(), contexts[0].labels.size(1)}, at::kDouble);
  if (target.scalar_type() == at::kDouble)
    label_propagation::run_tiles<double>(target, contexts, grid, config, labels);
  else
    label_propagation::run_tiles<float>(target, contexts, grid, config, labels);
  return labels;
}

}  // namespace dinobench
