#!/usr/bin/env bash
# Figure 7 of the DINO paper: collapse; entropy and KL of the teacher are series of the records.
#   experiments/fig7.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Figure 7: collapse"
layout=fig7
evaluations=(knn)
rows() {
  row both dino_vit_small16 --epochs 100
  row only_sharpening dino_vit_small16 --epochs 100 --centering none
  row only_centering dino_vit_small16 --epochs 100 --teacher_temp 1 --warmup_teacher_temp 1 --warmup_teacher_temp_epochs 0
}
. "$(dirname "$0")/common/run.sh"
