#!/usr/bin/env bash
# Table 2 of the DINO paper: linear and k-NN accuracy of DINO and of supervised networks.
#   experiments/table2.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Table 2: linear and k-NN accuracy on ImageNet"
layout=table2
evaluations=(knn linear)
rows() {
  local longest=800
  if [ "$preset" != paper ]; then longest=300; fi # as the other rows: then all see as many images
  row supervised_resnet50 supervised_resnet50
  row dino_resnet50 dino_resnet50
  row supervised_vit_small supervised_vit_small
  row dino_vit_small16 dino_vit_small16 --epochs $longest
  row dino_vit_base16 dino_vit_base16 --linear.n_last_blocks 1 --linear.avgpool_patchtokens true
  row dino_vit_small8 dino_vit_small8
  row dino_vit_base8 dino_vit_base8 --linear.n_last_blocks 1 --linear.avgpool_patchtokens true
  row random_vit_small random_vit_small
}
. "$(dirname "$0")/common/run.sh"
