#!/usr/bin/env bash
# Table 4 of the DINO paper: copy detection on the strong copies of Copydays.
#   experiments/table4.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Table 4: copy detection"
layout=table4
evaluations=(copy_detection)
rows() {
  row supervised_vit_base16 supervised_vit_small --arch vit_base --copy_detection.imsize 224
  row dino_vit_base16 dino_vit_base16 --copy_detection.imsize 224
  row dino_vit_base8 dino_vit_base8 --copy_detection.imsize 320
}
. "$(dirname "$0")/common/run.sh"
