#!/usr/bin/env bash
# Every experiment runs to its table with --preset smoke, and --preset paper prints the published settings.
set -u
binary=$1
source_dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 DINOBENCH=$binary
failures=0
check() { if eval "$2"; then echo "ok   $1"; else echo "FAIL $1: $2"; tail -20 "$work/log" | sed 's/^/     /'; failures=$((failures + 1)); fi; }

cd "$source_dir" || exit 2
if command -v shellcheck >/dev/null; then
  shellcheck -x -e SC2034,SC2154,SC1090,SC1091 experiments/*.sh experiments/common/*.sh || failures=$((failures + 1))
fi
scripts=$(grep -l common/run.sh experiments/*.sh)

# shellcheck disable=SC2317
paper() { "experiments/$1.sh" --preset paper --dry_run >"$work/log" 2>&1; }
# says SCRIPT/ROW WORDS...: the row's command holds each of these.
says() {
  local row=$1 word
  shift
  paper "${row%%/*}" || return 1
  local command
  command=$(grep -e "--experiment $row " "$work/log")
  for word in "$@"; do [[ "$command " == *" $word "* ]] || { echo "     $row lacks '$word': $command"; return 1; }; done
}
check "ViT-S/16 of the ablations" 'says table7/dino "--arch vit_small" "--patch_size 16" "--epochs 300" "-n 16" "--batch_size_per_gpu 64" "--lr 0.0005" \
  "--min_lr 1e-5" "--clip_grad 0" "--norm_last_layer false" "--teacher_temp 0.07" "--warmup_teacher_temp_epochs 30" "--local_crops_number 10" \
  "--global_crops_scale 0.25 1" "--local_crops_scale 0.05 0.25" "--momentum_teacher 0.996" "--out_dim 65536" "--freeze_last_layer 1"'
check "ViT-S/16 of 800 epochs" 'says table2/dino_vit_small16 "--epochs 800" "-n 16" "--batch_size_per_gpu 64" "--local_crops_number 10"'
check "no multi-crop" 'says table7/no_multicrop "--local_crops_number 0" "--global_crops_scale 0.14 1" "--clip_grad 0" "--epochs 300" "--min_lr 1e-5"'
check "ViT-S/8" 'says table2/dino_vit_small8 "--patch_size 8" "-n 64" "--batch_size_per_gpu 16"'
check "ViT-B/16" 'says table2/dino_vit_base16 "--arch vit_base" "--epochs 400" "-n 32" "--batch_size_per_gpu 32" "--lr 0.00075" "--min_lr 2e-6" \
  "--clip_grad 0.3" "--freeze_last_layer 3" "--warmup_teacher_temp_epochs 50"'
check "ViT-B/8" 'says table2/dino_vit_base8 "--patch_size 8" "--epochs 300" "-n 176" "--batch_size_per_gpu 6" "--lr 0.0005" "--clip_grad 3"'
check "ResNet-50" 'says table2/dino_resnet50 "--optimizer sgd" "--lr 0.03" "--weight_decay 1e-4" "--weight_decay_end 1e-4" \
  "--global_crops_scale 0.14 1" "--local_crops_scale 0.05 0.14" "-n 8"'
check "batch sizes" 'says table9/batch128 "--batch_size_per_gpu 128" "--epochs 100" && says table9/batch512 "-n 8" "--batch_size_per_gpu 64"'
check "fewer ranks take the same batch in parts" 'experiments/table7.sh --preset paper --dry_run --ranks 4 >"$work/log" 2>&1 \
  && grep -q -e "-n 4 .*--experiment table7/dino .*--batch_size_per_gpu 64 .*--accumulate_steps 4 " "$work/log"'
check "what cannot be dealt is refused" '! experiments/table7.sh --preset paper --dry_run --ranks 7 >"$work/log" 2>&1 && grep -q "1024.*--ranks 7" "$work/log"'
check "the cost is that of Table 8" 'paper table8 && grep -q "crops2_10_100: .* 401 GPU hours, 15.5 GB" "$work/log" && grep -q "crops2_100: .* 239 GPU hours, 9.38 GB" "$work/log"'
check "a missing data set is named" '! experiments/table2.sh --preset paper >"$work/log" 2>&1 && grep -q -e "--data_path is missing" "$work/log"'
check "an unknown option is refused" '! experiments/table2.sh --seed 3 >"$work/log" 2>&1 && grep -q "unknown option .--seed" "$work/log"'

for path in $scripts; do
  name=$(basename "$path" .sh)
  check "$name runs to its table" '"$path" --preset smoke --output "$work/out" >"$work/log" 2>&1 && grep -q "^| " "$work/out/$name/table.md"'
done
sum() { find "$work/out" -name '*.h5' -path '*/table2/*' -print0 | sort -z | xargs -0 sha256sum; }
before=$(sum)
check "finished runs are skipped" 'experiments/table2.sh --preset smoke --output "$work/out" >"$work/log" 2>&1 && [ "$before" = "$(sum)" ]'
[ $failures = 0 ] && echo "experiments run"
exit $failures
