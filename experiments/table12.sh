#!/usr/bin/env bash
# Table 12 of the DINO paper: a frozen ViT-S/16 with 1 % and 10 % of the labels.
#   experiments/table12.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Table 12: low-shot learning"
layout=table12
evaluations=(logistic)
rows() {
  row one_percent dino_vit_small16 --epochs 800 --logistic.label_fraction 0.01
  row ten_percent dino_vit_small16 --epochs 800 --logistic.label_fraction 0.1
}
. "$(dirname "$0")/common/run.sh"
