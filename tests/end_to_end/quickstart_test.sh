#!/usr/bin/env bash
# The quickstart's smoke preset runs to its table, and a second run trains nothing again.
set -eu
source_dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
quickstart() { "$source_dir/experiments/quickstart.sh" --preset smoke --output "$work/out" >"$work/log" 2>&1 || { tail -20 "$work/log"; exit 1; }; }
quickstart
for row in "dino *| vit_nano" "simclr *| vit_nano" "supervised" "random_init" "pixels" "resnet18"; do
  grep -q "$row" "$work/out/overview.md" || { echo "no row '$row' in the table:"; cat "$work/out/overview.md"; exit 1; }
done
grep -q ">simclr" "$work/out/report.html" || { echo "no simclr on the page"; exit 1; }
grep -q "</html>" "$work/out/report.html" || { echo "no whole page report.html"; exit 1; }
sha256sum "$work"/out/*.h5 >"$work/before"
quickstart
sha256sum --quiet -c "$work/before"
