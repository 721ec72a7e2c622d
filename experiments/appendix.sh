#!/usr/bin/env bash
# The small tables of the DINO paper's appendix (ViT-S/16, 100 epochs, one setting moved at a time).
#   experiments/appendix.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Appendix: one setting at a time"
layout=appendix
evaluations=(knn)
rows() {
  local value
  row default dino_vit_small16 --epochs 100
  row head_batch_norm dino_vit_small16 --epochs 100 --use_bn_in_head true
  for value in 1 2 3; do row head_layers_$((value + 1)) dino_vit_small16 --epochs 100 --head_nlayers $value --out_dim 4096; done
  for value in 1024 4096 16384 262144; do row outputs_$value dino_vit_small16 --epochs 100 --out_dim $value; done
  for value in 0 0.99 0.999; do row center_momentum_$value dino_vit_small16 --epochs 100 --center_momentum $value; done
  for value in 0.02 0.04 0.06 0.08; do
    row temperature_$value dino_vit_small16 --epochs 100 --teacher_temp $value --warmup_teacher_temp $value --warmup_teacher_temp_epochs 0
  done
  for value in 300 800; do row epochs_$value dino_vit_small16 --epochs $value; done
  for value in 0.08 0.16 0.24 0.32 0.48; do
    row split_$value dino_vit_small16 --epochs 100 --global_crops_scale $value 1 --local_crops_scale 0.05 $value
  done
}
. "$(dirname "$0")/common/run.sh"
