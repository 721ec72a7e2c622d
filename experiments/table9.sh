#!/usr/bin/env bash
# Table 9 of the DINO paper: batch size (100 epochs, no multi-crop).
#   experiments/table9.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Table 9: batch size"
layout=table9
evaluations=(knn)
rows() {
  row batch128 dino_vit_small16 "${two_views[@]}" --epochs 100 --ranks 1 --batch_size_per_gpu 128
  row batch256 dino_vit_small16 "${two_views[@]}" --epochs 100 --ranks 4
  row batch512 dino_vit_small16 "${two_views[@]}" --epochs 100 --ranks 8
  row batch1024 dino_vit_small16 "${two_views[@]}" --epochs 100
}
. "$(dirname "$0")/common/run.sh"
