#!/usr/bin/env bash
# Table 3 of the DINO paper: image retrieval on revisited Oxford and Paris.
#   experiments/table3.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Table 3: image retrieval"
layout=table3
evaluations=(retrieval)
rows() {
  local dataset datasets="roxford5k rparis6k"
  [ "$preset" = paper ] || datasets=shapes
  for dataset in $datasets; do
    row "supervised_vit_small_$dataset" supervised_vit_small --retrieval.dataset "$dataset" --retrieval.multiscale true
    row "dino_resnet50_$dataset" dino_resnet50 --retrieval.dataset "$dataset" --retrieval.multiscale true
    row "dino_vit_small16_$dataset" dino_vit_small16 --epochs 800 --retrieval.dataset "$dataset" --retrieval.multiscale true
  done
}
. "$(dirname "$0")/common/run.sh"
