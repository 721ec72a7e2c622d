#!/usr/bin/env bash
# Table 7 of the DINO paper: what each part of DINO is worth (300 epochs).
#   experiments/table7.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Table 7: components of DINO"
layout=table7
evaluations=(knn linear)
rows() {
  row dino dino_vit_small16
  row no_momentum dino_vit_small16 --teacher_update student_copy
  row sinkhorn dino_vit_small16 --centering sinkhorn_knopp
  row no_multicrop dino_vit_small16 "${two_views[@]}"
  row mse dino_vit_small16 --dino_loss mse
  row predictor dino_vit_small16 --predictor true
}
. "$(dirname "$0")/common/run.sh"
