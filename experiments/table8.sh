#!/usr/bin/env bash
# Table 8 of the DINO paper: what multi-crop costs and gives.
#   experiments/table8.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Table 8: multi-crop"
layout=table8
evaluations=(linear)
rows() {
  local epochs
  for epochs in 100 300; do
    row crops2_$epochs dino_vit_small16 --epochs $epochs "${two_views[@]}"
    row crops2_2_$epochs dino_vit_small16 --epochs $epochs --local_crops_number 2
    row crops2_6_$epochs dino_vit_small16 --epochs $epochs --local_crops_number 6
    row crops2_10_$epochs dino_vit_small16 --epochs $epochs
  done
}
. "$(dirname "$0")/common/run.sh"
