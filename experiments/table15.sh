#!/usr/bin/env bash
# Table 15 of the DINO paper: what is done to the teacher's output, with and without momentum.
#   experiments/table15.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Table 15: operations on the teacher"
layout=table15
evaluations=(linear)
rows() {
  local operation
  for operation in center softmax_batch sinkhorn_knopp; do
    row momentum_$operation dino_vit_small16 --centering $operation
    row no_momentum_$operation dino_vit_small16 --centering $operation --teacher_update student_copy
  done
}
. "$(dirname "$0")/common/run.sh"
