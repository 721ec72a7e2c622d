#!/usr/bin/env bash
# Figure 5 of the DINO paper: patch size (300 epochs).
#   experiments/fig5.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Figure 5: patch size"
layout=fig5
evaluations=(knn)
rows() {
  row small16 dino_vit_small16
  row small8 dino_vit_small16 --patch_size 8
  row small5 dino_vit_small16 --patch_size 5
  row base16 dino_vit_small16 --arch vit_base
  row base8 dino_vit_small16 --arch vit_base --patch_size 8
}
. "$(dirname "$0")/common/run.sh"
