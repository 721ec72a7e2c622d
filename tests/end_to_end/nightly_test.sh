#!/usr/bin/env bash
# experiments/nightly.sh: a night like its baseline is good, another answer alarms; every planted fault still fits the sources.
set -u
binary=$1
root=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/expect.sh"
few="fixed_pixels supervised_vit_nano"
# shellcheck disable=SC2317
night() { DINOBENCH=$binary "$root/experiments/nightly.sh" --parts exact --only "$few" --baseline "$work/then" "$@"; }

expect "no baseline" 2 "no folder .*then/exact: --make_baseline writes one" night
expect "an unknown option" 2 "unknown option '--night'" night --night 3
expect "an unknown configuration" 2 "'fixed_pixel': no such file" night --only fixed_pixel --make_baseline "$work/then"
expect "no jobs" 2 "expected a number from 1" night --jobs 0 --make_baseline "$work/then"
expect "a program that is not there" 3 "no program" env DINOBENCH=nowhere "$root/experiments/nightly.sh" --make_baseline "$work/then"
expect "an unknown part" 2 "known: exact statistical" night --parts precise
expect "a first baseline" 0 "no earlier baseline" night --make_baseline "$work/then" --output "$work/first/night"
expect "the same again" 0 "^good: [0-9]+ equal" night --output "$work/second/night"
sum() { cat "$work"/second/night/exact/*.h5 | sha256sum; }
before=$(sum)
cp "$work/second/night/exact/fixed_pixels-seed0.h5" "$work/second/night/exact/fixed_pixels-seed1.h5"
expect "records of other seeds beside it are not the night's" 0 "^good: [0-9]+ equal" night --output "$work/second/night"
rm "$work/second/night/exact/fixed_pixels-seed1.h5"
expect "a finished night is not run again" 0 "^$before" sum
expect "findings as JSON and JUnit" 0 "failures=\"0\"" cat "$work/second/night/exact.json" "$work/second/night/exact.xml"
"$root/.venv/bin/python" -c "
import h5py, sys
with h5py.File(sys.argv[1], 'r+') as f:
    f['train/loss'][3] *= 1.001" "$work/then/exact/supervised_vit_nano-seed0.h5" || exit 1
expect "a loss that moved" 1 "train loss: step 3:" night --output "$work/second/night"
expect "a new baseline shows what differs" 0 "BROKEN: .*train loss" night --output "$work/second/night" --make_baseline "$work/now"
expect "then it is good" 0 "^good" night --output "$work/second/night" --baseline "$work/now"
expect "one configuration of it is renewed, the others stay" 0 "baseline: " night --output "$work/second/night" --only fixed_pixels --make_baseline "$work/now"
expect "both are there" 0 "fixed_pixels-seed0.h5 +supervised_vit_nano-seed0.h5" ls -x -w 200 "$work/now/exact"

# A stopped night leaves no run behind, and the same command goes on.
DINOBENCH=$binary "$root/experiments/nightly.sh" --parts statistical --only dino_vit_nano --seeds 7 --make_baseline "$work/cut" --output "$work/cut/night" >"$work/out" 2>&1 &
script=$!
for _ in $(seq 600); do
  if [ -e "$work/cut/night/statistical/dino_vit_nano-seed7_work" ]; then break; fi
  sleep 0.1
done
kill "$script"
wait "$script"
expect "a stopped night says so" 0 "^130$" echo $?
expect "and none of its runs goes on" 0 "^none" bash -c "pgrep -af '$work/cut/night/statistical/[d]ino_vit_nano-seed7.h5' || echo none"
for patch in "$root"/tests/gate/faults/*.patch; do
  expect "fault $(basename "$patch" .patch) applies" 0 "Checking patch" git -C "$root" apply -v --check "$patch"
done
exit $((failures > 0))
