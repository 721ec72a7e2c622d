#!/usr/bin/env bash
# Table 14 of the DINO paper: loss, predictor and multi-crop on the way from BYOL to DINO (linear, 300 epochs).
#   experiments/table14.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Table 14: relation to other methods"
layout=table14
evaluations=(linear)
rows() {
  row dino dino_vit_small16
  row mse dino_vit_small16 --dino_loss mse
  row predictor dino_vit_small16 --predictor true
  row no_multicrop dino_vit_small16 "${two_views[@]}"
  row mse_no_multicrop dino_vit_small16 "${two_views[@]}" --dino_loss mse
}
. "$(dirname "$0")/common/run.sh"
