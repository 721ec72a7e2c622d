#!/usr/bin/env bash
# The CUDA executable starts on a machine without a GPU, says what it was built for, and refuses --device cuda in one clear
# line. Where a GPU is, it trains two steps in bf16 there.   cuda_program_test.sh BINARY
set -euo pipefail
binary=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OMP_NUM_THREADS=1

"$binary" info >"$folder/info"
grep -q '^cuda_version  *13\.' "$folder/info" || { cat "$folder/info"; echo "not built for CUDA 13"; exit 1; }
grep -q '^nccl_version  *2\.' "$folder/info" || { cat "$folder/info"; echo "no NCCL 2"; exit 1; }

"$binary" data make --output "$folder/shapes" --seed 0 --size 32 --train_per_class 4 --val_per_class 1 --parts classification --quiet
train=("$binary" train --arch vit_nano --patch_size 8 --data_path "$folder/shapes/classification/train"
  --global_crops_size 32 --local_crops_size 16 --local_crops_number 2 --out_dim 64 --batch_size_per_gpu 4 --warmup_epochs 0
  --epochs 1 --max_steps 2 --quiet)
if grep -q '^gpus .*none' "$folder/info"; then
  status=0
  "${train[@]}" --device cuda --output_dir "$folder/run" 2>"$folder/error" || status=$?
  [ "$status" = 2 ] || { cat "$folder/error"; echo "exit code $status instead of 2"; exit 1; }
  grep -q 'no GPU is visible' "$folder/error" || { cat "$folder/error"; exit 1; }
  [ ! -e "$folder/run" ] || { echo "a refused run left files"; exit 1; }
  "${train[@]}" --device cpu --output_dir "$folder/cpu"
  echo "starts; refuses: $(cat "$folder/error"); trains on the CPU"
else
  "${train[@]}" --device cuda --output_dir "$folder/run"
  echo "trained on $(grep '^gpu 0' "$folder/info")"
fi
