#!/usr/bin/env bash
# Table 10 of the DINO paper: logistic regression and k-NN with fewer labels, ResNet-50 against ViT-S (ImageNet rows).
#   experiments/table10.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Table 10: fewer labels"
layout=table10
evaluations=(logistic knn)
rows() {
  local share
  for share in 1 0.1 0.01; do
    row "resnet50_$share" dino_resnet50 --logistic.label_fraction $share --knn.label_fraction $share
    row "vit_small_$share" dino_vit_small16 --epochs 800 --logistic.label_fraction $share --knn.label_fraction $share
  done
}
. "$(dirname "$0")/common/run.sh"
