#!/usr/bin/env bash
# The nightly gate: has accuracy moved since the baseline? Exit code 0 no, 1 alarm, 2 not judged, 3 a run failed. Minutes on 2 cores.
#   exact        fixed weights through every evaluation, and replayed training steps: any difference beyond rounding alarms
#   statistical  training from fresh seeds: means against the spread of the baseline's seeds
#   experiments/nightly.sh [--parts "exact statistical"] [--seeds "S T"] [--baseline DIR] [--output DIR] [--jobs N] [--only "CONFIG ..."]
#   experiments/nightly.sh --make_baseline DIR [--seeds "0 1 2 3 4"]     shows what differs from --baseline and writes a new one
# Seeds are by default those of the day. Finished runs of the same program are skipped, so a killed night goes on.
set -euo pipefail
cd "$(dirname "$0")/.."

parts="exact statistical" seeds='' baseline=results/baselines output='' jobs=$(nproc) make_baseline='' only=''
while [ $# -gt 0 ]; do
  case "$1" in
    --parts | --seeds | --baseline | --output | --jobs | --make_baseline | --only)
      [ $# -ge 2 ] || { echo "nightly: $1 needs a value" >&2; exit 2; }
      declare "${1#--}=$2"; shift 2 ;;
    *) echo "nightly: unknown option '$1'; known: --parts --seeds --baseline --output --jobs --make_baseline --only" >&2; exit 2 ;;
  esac
done
for part in $parts; do
  case "$part" in exact | statistical) ;; *) echo "nightly: --parts '$part'; known: exact statistical" >&2; exit 2 ;; esac
  [ -n "$make_baseline" ] || [ -d "$baseline/$part" ] || { echo "nightly: no folder $baseline/$part: --make_baseline writes one" >&2; exit 2; }
done

program=${DINOBENCH:-build/dinobench}
[ -n "${DINOBENCH:-}" ] || tools/build.sh
export OMP_WAIT_POLICY=passive
day=$(date -u +%Y%m%d)
if [ -n "$make_baseline" ]; then seeds=${seeds:-0 1 2 3 4}; else seeds=${seeds:-${day}0 ${day}1}; fi
output=${output:-runs/nightly/$day-$(sha256sum "$program" | cut -c1-8)}
data=$(dirname "$output")
"$program" data make --output "$data/shapes" --parts classification --seed 0 --quiet
"$program" data make --output "$data/shapes-few" --seed 0 --quiet --train_per_class 20 --val_per_class 20 --retrieval_identities 4 \
  --retrieval_others 20 --copydays_originals 6 --copydays_distractors 20 --copydays_whitening 200 --voc_val 6 --davis_sequences 2 --davis_frames 5

# judge PART CONFIG SEED: one run. A run has one thread, so that the jobs beside it change no bit.
judge() {
  local part=$1 config=$2 seed=$3 few=$data/shapes-few evaluations start=$SECONDS name record
  name=$(basename "$config" .cfg)
  record=$output/$part/$name-seed$seed.h5
  case "$part/$name" in
    statistical/*) evaluations=(--config experiments/nightly/judged.cfg --data_path "$data/shapes/classification") ;;
    exact/fixed_*) evaluations=(--config experiments/quickstart/evaluations.cfg --data_path "$few/classification" --linear.epochs 1
        --retrieval.data_path "$few/retrieval" --copy_detection.data_path "$few/copydays"
        --copy_detection.whitening_path "$few/copydays/whitening" --copy_detection.distractors_path "$few/copydays/distractors"
        --attention.data_path "$few/voc/VOC2012" --video.data_path "$few/davis/DAVIS" --video.output_dir "${record%.h5}_work/masks") ;;
    exact/*) evaluations=(--data_path "$few/classification") ;;
  esac
  "$program" run "${evaluations[@]}" --config "$config" --experiment "nightly/$part/$name" --seed "$seed" --threads 1 \
    --output "$record" --quiet || return
  echo "$part $name seed $seed: $((SECONDS - start)) s"
}

# At most $jobs runs at a time; the first that fails ends the night.
running=0
stop_all() {
  local job
  for job in $(jobs -p); do kill "$job" 2>/dev/null || true; done
  wait || true
}
begin() {
  if [ "$running" -ge "$jobs" ]; then
    wait -n || failed
    running=$((running - 1))
  fi
  judge "$@" &
  running=$((running + 1))
}
failed() {
  echo "nightly: a run failed, see above; the others go on where they are when this command is given again" >&2
  stop_all
  exit 3
}
trap 'stop_all; exit 130' INT TERM

for part in $parts; do
  mkdir -p "$output/$part"
  these=$seeds
  if [ "$part" = exact ]; then these=0; fi
  for config in experiments/nightly/"$part"/*.cfg; do
    [[ -z $only || " $only " == *" $(basename "$config" .cfg) "* ]] || continue
    for seed in $these; do begin "$part" "$config" "$seed"; done
  done
done
while [ "$running" -gt 0 ]; do wait -n || failed; running=$((running - 1)); done

worst=0
for part in $parts; do
  [ -d "$baseline/$part" ] || { echo "$part: no earlier baseline to compare with"; continue; }
  how=(); if [ "$part" = exact ]; then how=(--exact); fi
  code=0
  before=("$baseline/$part"/*.h5)
  if [ -n "$only" ]; then
    before=()
    for name in $only; do before+=("$baseline/$part/$name"-seed*.h5); done
  fi
  "$program" check --baseline "${before[@]}" --new "$output/$part" "${how[@]}" --json "$output/$part.json" --junit "$output/$part.xml" || code=$?
  if [ "$code" -gt "$worst" ]; then worst=$code; fi
done
if [ -n "$make_baseline" ]; then
  for part in $parts; do
    rm -rf "${make_baseline:?}/$part"
    mkdir -p "$make_baseline/$part"
    cp "$output/$part"/*.h5 "$make_baseline/$part/"
  done
  echo "baseline: $make_baseline, seeds $seeds; what differs from $baseline is above"
  exit 0
fi
echo "records: $output    findings: $output/*.json, $output/*.xml"
exit "$worst"
