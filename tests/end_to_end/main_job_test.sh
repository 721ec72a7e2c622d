#!/usr/bin/env bash
# The main job at its smallest: draw, train, evaluate, run, tabulate; again on two ranks; and what must not happen twice.
set -u
binary=$1
source_dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
launch="mpirun --allow-run-as-root --oversubscribe"

fail() { echo "FAIL: $*"; [ -s "$work/log" ] && tail -5 "$work/log"; exit 1; }
try() { "$@" >"$work/log" 2>&1 || fail "exit code $?: $*"; }

try "$binary" data make --output "$work/set" --seed 1 --size 32 --train_per_class 12 --val_per_class 5 --parts classification
data=$work/set/classification
network="--arch vit_nano --patch_size 8"
dino="$network --global_crops_size 32 --local_crops_size 16 --local_crops_number 2 --out_dim 256 --epochs 2 --warmup_epochs 1 --quiet"
knn="--resize_size 0 --crop_size 32 --nb_knn 5 20"

# Train ten steps, judge the checkpoint.
try "$binary" train --method dino $dino --max_steps 10 --batch_size_per_gpu 16 --data_path "$data/train" --output_dir "$work/dino"
[ -s "$work/dino/checkpoint.pth" ] && [ -s "$work/dino/run.h5" ] || fail "train left no checkpoint or record"
try "$binary" eval knn $network $knn --pretrained_weights "$work/dino/checkpoint.pth" --data_path "$data" --output "$work/eval.h5"
grep -q "k20_top1 .* %" "$work/log" || fail "eval prints no k20_top1"
ls -l --time-style=full-iso "$work/dino" >"$work/before"
try "$binary" train --method dino $dino --max_steps 10 --batch_size_per_gpu 16 --data_path "$data/train" --output_dir "$work/dino"
ls -l --time-style=full-iso "$work/dino" | cmp -s "$work/before" - || fail "a finished training was touched"

# Two seeds and a baseline by `run`, one of them on two ranks with the same global batch.
cat >"$work/dino.cfg" <<EOF
# the smallest DINO
method = dino
arch = vit_nano
patch_size = 8
global_crops_size = 32
local_crops_size = 16
local_crops_number = 2
out_dim = 256
epochs = 2
warmup_epochs = 1
max_steps = 8
data_path = $data
evaluations = knn
knn.resize_size = 0
knn.crop_size = 32
knn.nb_knn = 5 20
EOF
mkdir "$work/records"
try "$binary" run --config "$work/dino.cfg" --batch_size_per_gpu 16 --seed 0 --output "$work/records/dino_0.h5"
try $launch -n 2 "$binary" run --config "$work/dino.cfg" --batch_size_per_gpu 8 --seed 1 --output "$work/records/dino_1.h5"
try "$binary" run --method random_init --arch vit_nano --patch_size 8 --data_path "$data" --knn.resize_size 0 --knn.crop_size 32 --knn.nb_knn 5 20 \
  --experiment floor --seed 0 --output "$work/records/random_0.h5"

# A completed record is left alone.
sum=$(sha256sum "$work/records/dino_0.h5"; ls -lR --time-style=full-iso "$work/records/dino_0_work")
try "$binary" run --config "$work/dino.cfg" --batch_size_per_gpu 16 --seed 0 --output "$work/records/dino_0.h5"
grep -q "complete" "$work/log" || fail "a second run does not say that the record is complete"
[ "$sum" = "$(sha256sum "$work/records/dino_0.h5"; ls -lR --time-style=full-iso "$work/records/dino_0_work")" ] || fail "a second run changed something"

# The same seed again, elsewhere and after --overwrite: the same numbers.
try "$binary" run --config "$work/dino.cfg" --batch_size_per_gpu 16 --seed 0 --output "$work/again/dino_0.h5"
try "$binary" run --config "$work/dino.cfg" --batch_size_per_gpu 16 --seed 0 --output "$work/again/dino_0.h5" --overwrite
first=$("$binary" table --format csv "$work/records/dino_0.h5")
[ "$first" = "$("$binary" table --format csv "$work/again/dino_0.h5")" ] || fail "the same seed gives other numbers"

# An evaluation that fails is on record; the next attempt does not train again.
cp -r "$data" "$work/mended"
image=$(find "$work/mended/val" -type f | sort | tail -1)
cp "$image" "$work/image" && truncate -s 100 "$image"
mended() { "$binary" run --config "$work/dino.cfg" --batch_size_per_gpu 16 --data_path "$work/mended" --output "$work/mended.h5" >"$work/log" 2>&1; }
mended && fail "a damaged image went unnoticed"
"$binary" table "$work/mended.h5" 2>&1 | grep -q "none of the 1 records is complete" || fail "the failed evaluation is not on record"
cp "$work/image" "$image"
mended || fail "the mended run fails"
grep -q "resumes at step 8 of 8" "$work/log" || fail "the mended run trained again"
"$binary" table "$work/mended.h5" | grep -q "| dino" || fail "the mended run is not complete"

# Tables.
try "$binary" table --layout "$source_dir/experiments/layouts/knn.layout" "$work"/records/*.h5
grep -qE '^\| dino +\| vit_nano +\| +2 \|.* ± ' "$work/log" || fail "no row of two seeds"
grep -qE '^\| random_init +\| vit_nano +\| +1 \|' "$work/log" || fail "no row of the baseline"
grep -q "protocol knn-v1, n = 50" "$work/log" || fail "no protocol below the table"
for format in md csv tex html; do try "$binary" table --format $format --output "$work/table.$format" "$work"/records/*.h5; done
grep -q '\\end{tabular}' "$work/table.tex" && grep -q '</table>' "$work/table.html" || fail "tex or html is not whole"

# Features do not depend on ranks.
try "$binary" eval knn $network $knn --batch_size_per_gpu 16 --data_path "$data" --output "$work/one.h5"
try $launch -n 2 "$binary" eval knn $network $knn --batch_size_per_gpu 16 --data_path "$data" --output "$work/two.h5"
[ "$("$binary" table --format csv "$work/one.h5" | cut -d, -f4-)" = "$("$binary" table --format csv "$work/two.h5" | cut -d, -f4-)" ] ||
  fail "two ranks give other metrics"

# One rank fails: its message, its exit code, and the job is over in seconds.
start=$SECONDS
train="train --method dino $dino --batch_size_per_gpu 8"
$launch -n 1 "$binary" $train --data_path "$data/train" --output_dir "$work/broken" : -n 1 "$binary" $train --data_path "$work/nowhere" \
  --output_dir "$work/broken" >"$work/log" 2>&1
code=$?
[ $code = 2 ] || fail "a failing rank gives exit code $code"
grep -q "dinobench: error: rank 1: .*nowhere" "$work/log" || fail "the failing rank's message is missing"
[ $((SECONDS - start)) -le 20 ] || fail "the job took $((SECONDS - start)) s to end"
# A bad image that only one rank meets, in the middle of an evaluation.
cp -r "$data" "$work/damaged"
truncate -s 100 "$(find "$work/damaged/train" -type f | sort | tail -1)"
start=$SECONDS
$launch -n 2 "$binary" eval knn --arch pixels $knn --batch_size_per_gpu 16 --data_path "$work/damaged" >"$work/log" 2>&1
code=$?
[ $code = 2 ] || fail "a bad image on one rank gives exit code $code"
grep -q "dinobench: error: rank 1: .*damaged" "$work/log" || fail "the bad image is not named"
[ $((SECONDS - start)) -le 20 ] || fail "the job took $((SECONDS - start)) s to end"
# A failure that all ranks share is said once.
$launch -n 2 "$binary" eval knn --nb_kn 3 >"$work/log" 2>&1
[ "$(grep -c "dinobench: error:" "$work/log")" = 1 ] || fail "a shared failure is not said exactly once"
# Idle threads sleep, whatever the caller's environment.
env -u OMP_WAIT_POLICY OMP_DISPLAY_ENV=true "$binary" info >"$work/log" 2>&1
grep -q "OMP_WAIT_POLICY = 'PASSIVE'" "$work/log" || fail "OpenMP threads spin"
echo "the main job runs"
