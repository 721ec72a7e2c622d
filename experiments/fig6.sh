#!/usr/bin/env bash
# Figure 6 of the DINO paper: how the teacher follows the student (300 epochs).
#   experiments/fig6.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Figure 6: teachers"
layout=fig6
evaluations=(knn)
rows() {
  local update
  for update in student_copy previous_iteration previous_epoch momentum; do
    row $update dino_vit_small16 --teacher_update $update
  done
}
. "$(dirname "$0")/common/run.sh"
