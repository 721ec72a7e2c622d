#!/usr/bin/env bash
# Wrong use and bad input: one clear line on stderr, exit code 2, and an earlier record stays as it was.
set -u
binary=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
export OMP_NUM_THREADS=1

die() { echo "set-up failed: $*"; cat "$work/stderr"; exit 1; }
# refused NAME PATTERN WORDS...: the command must fail like that, and its line must match.
refused() {
  local name=$1 pattern=$2 code lines
  shift 2
  timeout 120 "$binary" "$@" >"$work/stdout" 2>"$work/stderr"
  code=$?
  lines=$(wc -l <"$work/stderr")
  if [ $code = 2 ] && [ "$lines" = 1 ] && grep -q '^dinobench: error: ' "$work/stderr" && grep -qE -- "$pattern" "$work/stderr"; then
    echo "ok   $name: $(cut -c19- "$work/stderr")"
  else
    echo "FAIL $name: exit code $code, $lines lines, expected one that matches '$pattern':"
    cat "$work/stderr"
    failures=$((failures + 1))
  fi
}

"$binary" data make --output "$work/set" --seed 3 --size 32 --train_per_class 5 --val_per_class 3 --parts classification --quiet 2>"$work/stderr" || die data make
good=$work/set/classification
small="--resize_size 0 --crop_size 32 --nb_knn 1 5 --quiet"
record=$work/record.h5
"$binary" eval knn --data_path "$good" --arch pixels $small --output "$record" 2>"$work/stderr" || die eval
before=$(sha256sum "$record")
knn="eval knn --arch pixels $small --output $record --data_path"
copy() { cp -r "$good" "$work/$1"; echo "$work/$1"; }

# Folders.
refused "missing folder" "$work/none" $knn "$work/none"
refused "no --data_path" "data_path" eval knn --arch pixels $small
bad=$(copy empty); rm -rf "$bad"/train; mkdir "$bad/train"
refused "empty folder" "empty/train" $knn "$bad"
bad=$(copy one); for split in train val; do ls -d "$bad/$split"/*/ | tail -n +2 | xargs rm -r; done
refused "one class" "at least two classes" $knn "$bad"
bad=$(copy suffix); find "$bad/train" -type f -exec mv {} {}.txt \;
refused "wrong suffix" "jpe?g.*png" $knn "$bad"
refused "flat folder" "class" eval knn --arch pixels $small --data_path "$good/train" --train_split "$(ls "$good/train" | head -1)" --val_split "$(ls "$good/train" | head -1)"
bad=$(copy extra); cp -r "$(ls -d "$bad"/val/*/ | head -1)" "$bad/val/zebra"
refused "class unknown to train" "'zebra'" $knn "$bad"

# Images.
bad=$(copy truncated); file=$(find "$bad/train" -type f | sort | head -4 | tail -1); truncate -s 200 "$file"
refused "truncated image" "$file" $knn "$bad"
refused "truncated image in training" "$(basename "$file")" train --method supervised --arch vit_nano --patch_size 8 --data_path "$bad/train" \
  --output_dir "$work/trained" --batch_size_per_gpu 8 --epochs 1 --warmup_epochs 0 --quiet
bad=$(copy garbage); file=$(find "$bad/val" -type f | sort | tail -1); echo "not an image" >"$file"
refused "unreadable image" "$file" $knn "$bad"

# Weights.
vit="eval knn --arch vit_nano --patch_size 8 $small --output $record --data_path $good --pretrained_weights"
"$binary" train --method random_init --arch vit_micro --patch_size 8 --data_path "$good/train" --output_dir "$work/micro" --quiet >"$work/stdout" 2>"$work/stderr" ||
  die train random_init
weights=$work/micro/checkpoint.pth
refused "missing weights" "$work/none.pth" $vit "$work/none.pth"
echo "hello" >"$work/text.pth"
refused "weights that are no checkpoint" "text.pth" $vit "$work/text.pth"
head -c 5000 "$weights" >"$work/short.pth"
refused "truncated weights" "short.pth" $vit "$work/short.pth"
refused "weights of another architecture" "(unexpected|another shape).*blocks" $vit "$weights"
refused "weights of another kind of network" "missing.*conv1.weight" eval knn --arch resnet18 $small --output "$record" --data_path "$good" \
  --pretrained_weights "$weights"
refused "checkpoint key" "'none'.*checkpoint_key" $vit "$weights" --checkpoint_key none
refused "weights for pixels" "no weights" $knn "$good" --pretrained_weights "$weights"

# Options.
refused "k larger than the bank" "5000.*bank of 50" eval knn --arch pixels --resize_size 0 --crop_size 32 --nb_knn 5 5000 --quiet --data_path "$good" --output "$record"
refused "misspelt option" "'--nb_kn'.*--nb_knn" eval knn --nb_kn 5 --data_path "$good"
refused "malformed number" "nb_knn.*ten" eval knn --nb_knn ten --data_path "$good"
refused "temperature" "temperature" $knn "$good" --temperature 0
refused "unknown evaluation" "'knnn'.*knn" eval knnn --data_path "$good"
refused "unknown backbone" "vit_smal.*vit_small" eval knn --arch vit_smal --data_path "$good"
refused "unknown command" "'trian'.*train" trian
refused "second word" "one evaluation" eval knn knn --data_path "$good"
refused "fp64 on a GPU" "cuda" $knn "$good" --precision fp64 --device cuda
echo "epoch = 3" >"$work/typo.cfg"
refused "misspelt key of a configuration" "epoch.*epochs" run --config "$work/typo.cfg" --output "$work/new.h5" --data_path "$good"
echo "knn.nb_kn = 3" >"$work/typo2.cfg"
refused "misspelt key of an evaluation" "knn.nb_kn" run --config "$work/typo2.cfg" --output "$work/new.h5" --data_path "$good"
refused "missing configuration" "none.cfg" run --config "$work/none.cfg" --output "$work/new.h5"
refused "k larger than the bank, before training" "bank" run --output "$work/new.h5" --data_path "$good" --knn.nb_knn 5000 --quiet
refused "method" "dinoo.*dino" train --method dinoo --data_path "$good/train"

# Records and layouts.
refused "table of no files" "FILES" table
refused "table of a text file" "text.pth" table "$work/text.pth"
refused "unknown layout" "knnn" table --layout knnn "$record"
refused "unknown format" "html" table --format xml "$record"
refused "unknown row" "no such row" table --against nobody/nothing "$record"
refused "report of a text file" "text.pth" report "$work/text.pth" --output "$work/page.html"
refused "report without pictures" "no such folder" report "$record" --output "$work/page.html" --pictures "$work/none"
refused "features that are none" "$record" eval knn --load_features "$record" --nb_knn 1
refused "record in a folder that is a file" "text.pth" eval knn --arch pixels $small --data_path "$good" --output "$work/text.pth/record.h5"
refused "run over a file that is no record" "text.pth" run --output "$work/text.pth" --data_path "$good" --knn.nb_knn 1 --quiet

if [ "$(sha256sum "$record")" != "$before" ]; then echo "FAIL: the earlier record has changed"; failures=$((failures + 1)); fi
if [ -e "$work/new.h5" ]; then echo "FAIL: a refused run left a record"; failures=$((failures + 1)); fi
if [ "$failures" != 0 ]; then echo "$failures checks failed"; exit 1; fi
echo "every bad input is refused in one line"
