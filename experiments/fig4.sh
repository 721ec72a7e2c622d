#!/usr/bin/env bash
# Figure 4 of the DINO paper: attention of the last block against the objects of VOC12.
#   experiments/fig4.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Figure 4: attention masks"
layout=fig4
evaluations=(attention)
rows() {
  row random_vit_small16 random_vit_small
  row supervised_vit_small16 supervised_vit_small
  row dino_vit_small16 dino_vit_small16 --epochs 800
  row random_vit_small8 random_vit_small --patch_size 8
  row supervised_vit_small8 supervised_vit_small --patch_size 8
  row dino_vit_small8 dino_vit_small8
}
. "$(dirname "$0")/common/run.sh"
