#!/usr/bin/env bash
# Table 5 of the DINO paper: video object segmentation on DAVIS-2017.
#   experiments/table5.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Table 5: video object segmentation"
layout=table5
evaluations=(video)
rows() {
  row supervised_vit_small8 supervised_vit_small --patch_size 8
  row dino_vit_small16 dino_vit_small16 --epochs 800
  row dino_vit_base16 dino_vit_base16
  row dino_vit_small8 dino_vit_small8
  row dino_vit_base8 dino_vit_base8
}
. "$(dirname "$0")/common/run.sh"
