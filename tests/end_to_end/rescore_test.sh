#!/usr/bin/env bash
# dinobench rescore on real records: equal, tampered with, damaged; and a linear probe resumed after kill -9.
set -u
binary=$1
python=$2/.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
. "$(dirname "$0")/expect.sh"
tamper() { "$python" -c "import h5py, sys
with h5py.File(sys.argv[1], 'r+') as f:
    $2" "$1"; }

"$binary" data make --output "$work/set" --seed 3 --size 32 --train_per_class 12 --val_per_class 8 --quiet || exit 1
small="--data_path $work/set/classification --resize_size 0 --crop_size 32 --arch vit_nano --patch_size 8 --global_crops_size 32"
expect "knn" 0 k20_top1 "$binary" eval knn $small --nb_knn 1 5 20 --output "$work/knn.h5"
expect "linear" 0 best_top1 "$binary" eval linear $small --epochs 3 --batch_size_per_gpu 32 --lr 0.1 --output "$work/linear.h5"
expect "sweep" 0 holdout_top1 "$binary" eval linear $small --epochs 3 --batch_size_per_gpu 32 --sweep 0.01 0.1 1 --output "$work/sweep.h5"
expect "supervised" 0 record "$binary" run --method supervised --evaluations classifier knn linear --linear.epochs 2 --knn.nb_knn 5 --data_path "$work/set/classification" \
  --arch vit_nano --patch_size 8 --global_crops_size 32 --batch_size_per_gpu 32 --epochs 1 --warmup_epochs 0 --knn.resize_size 0 --knn.crop_size 32 \
  --classifier.resize_size 0 --classifier.crop_size 32 --linear.resize_size 0 --linear.crop_size 32 --linear.batch_size_per_gpu 32 --output "$work/run.h5"
expect "every stored metric comes back" 0 "20 equal, 0 not; 0 unreadable" "$binary" rescore "$work"/{knn,linear,sweep,run}.h5

cp "$work/linear.h5" "$work/changed.h5"
tamper "$work/changed.h5" "f['eval/linear/metrics/top1'][()] += 0.001"
expect "a changed metric" 1 "top1 .*differs" "$binary" rescore "$work/knn.h5" "$work/changed.h5"
cp "$work/knn.h5" "$work/answers.h5"
tamper "$work/answers.h5" "f['eval/knn/raw/labels'][:] = 9"
expect "a changed answer" 1 "k20_top1 .*differs" "$binary" rescore "$work/answers.h5"
cp "$work/knn.h5" "$work/extra.h5"
tamper "$work/extra.h5" "f.copy('eval/knn/metrics/k5_top1', f['eval/knn/metrics'], 'k6_top1')"
expect "a metric that nothing recomputes" 1 "k6_top1 .*not recomputed" "$binary" rescore "$work/extra.h5"
cp "$work/knn.h5" "$work/unknown.h5"
tamper "$work/unknown.h5" "f.move('eval/knn', 'eval/knn9')"
expect "an evaluation without a rescorer" 1 "knn9 .*no rescorer" "$binary" rescore "$work/unknown.h5"
cp "$work/knn.h5" "$work/missing.h5"
tamper "$work/missing.h5" "del f['eval/knn/raw/similarities']"
expect "a missing array" 2 "missing.h5: knn: raw/similarities is missing" "$binary" rescore "$work/missing.h5" "$work/knn.h5"
head -c 4000 "$work/knn.h5" >"$work/short.h5"
expect "a damaged record" 2 "short.h5" "$binary" rescore "$work/short.h5"
expect "no record" 2 "FILES" "$binary" rescore

# Linear probe: killed without warning, then run again, against an undisturbed run.
linear="eval linear $small --epochs 60 --batch_size_per_gpu 16 --lr 0.5 --val_freq 5 --quiet"
"$binary" $linear --output_dir "$work/whole" --output "$work/whole.h5" || exit 1
"$binary" $linear --output_dir "$work/killed" --output "$work/killed.h5" &
victim=$!
for _ in $(seq 600); do [ -e "$work/killed/log.txt" ] && [ "$(wc -l <"$work/killed/log.txt")" -ge 3 ] && break; sleep 0.05; done
kill -9 $victim 2>/dev/null
wait $victim 2>/dev/null
echo "killed after $(wc -l <"$work/killed/log.txt") of 60 epochs"
expect "resumed" 0 "goes on after epoch|^$" "$binary" ${linear% --quiet} --output_dir "$work/killed" --output "$work/killed.h5"
expect "the same bits" 0 "same" "$python" -c "
import torch, h5py, numpy, sys
def same(a, b):
    if isinstance(a, dict): return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list): return len(a) == len(b) and all(map(same, a, b))
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b
a, b = (torch.load(f'$work/{n}/checkpoint.pth.tar', weights_only=True) for n in ('whole', 'killed'))
assert same(a, b)
with h5py.File('$work/whole.h5') as a, h5py.File('$work/killed.h5') as b:
    for n in a['eval/linear/raw']: assert numpy.array_equal(a[f'eval/linear/raw/{n}'][:], b[f'eval/linear/raw/{n}'][:]), n
print('same')"
cmp -s "$work/whole/log.txt" "$work/killed/log.txt" || { echo "FAIL: log.txt differs"; failures=$((failures + 1)); }

[ "$failures" = 0 ] || { echo "$failures checks failed"; exit 1; }
echo "rescore and resume hold"
