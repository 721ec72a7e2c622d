#!/usr/bin/env bash
# Table 6 of the DINO paper: fine-tuning on one downstream data set (--data_path), from the files of --weights_path.
#   experiments/table6.sh [--preset smoke|small|paper] [--dry_run] ...      --help says the rest
title="Table 6: fine-tuning"
layout=table6
evaluations=(classifier)
rows() {
  weights_from supervised_vit_small.pth
  row supervised_vit_small finetune_vit_small "${from[@]}"
  weights_from dino_deitsmall16_pretrain.pth
  row dino_vit_small finetune_vit_small "${from[@]}"
  weights_from supervised_vit_base.pth
  row supervised_vit_base finetune_vit_small --arch vit_base "${from[@]}"
  weights_from dino_vitbase16_pretrain.pth
  row dino_vit_base finetune_vit_small --arch vit_base "${from[@]}"
}
. "$(dirname "$0")/common/run.sh"
