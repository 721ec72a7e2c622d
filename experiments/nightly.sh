#!/usr/bin/env bash
# The nightly gate: has accuracy moved since the baseline? Exit code 0 no, 1 alarm, 2 not judged, 3 something failed. Minutes on 2 cores.
#   exact        fixed weights through every evaluation, and replayed training steps: any difference beyond rounding alarms
#   statistical  training from fresh seeds: means against the spread of the baseline's seeds
#   experiments/nightly.sh [--parts "exact statistical"] [--seeds "S T"] [--baseline DIR] [--output DIR] [--jobs N] [--only "CONFIG ..."]
#   experiments/nightly.sh --make_baseline DIR [--seeds "0 1 2 3 4"]     shows what differs from --baseline and writes a new one
# Seeds are by default those of the day. Finished runs of the same program are skipped, so a killed night goes on.
set -euo pipefail
cd "$(dirname "$0")/.."

refuse() { echo "nightly: $*" >&2; exit 2; }
broken() { echo "nightly: $*" >&2; exit 3; }

parts="exact statistical" seeds='' baseline=results/baselines output='' jobs=$(nproc) make_baseline='' only=''
while [ $# -gt 0 ]; do
  case "$1" in
    --parts | --seeds | --baseline | --output | --jobs | --make_baseline | --only)
      [ $# -ge 2 ] || refuse "$1 needs a value"
      declare "${1#--}=$2"; shift 2 ;;
    *) refuse "unknown option '$1'; known: --parts --seeds --baseline --output --jobs --make_baseline --only" ;;
  esac
done
[[ $jobs =~ ^[1-9][0-9]*$ ]] || refuse "--jobs '$jobs': expected a number from 1"
for part in $parts; do
  case "$part" in exact | statistical) ;; *) refuse "--parts '$part'; known: exact statistical" ;; esac
  [ -n "$make_baseline" ] || [ -d "$baseline/$part" ] || refuse "no folder $baseline/$part: --make_baseline writes one"
done
for name in $only; do
  found=
  for part in $parts; do if [ -f "experiments/nightly/$part/$name.cfg" ]; then found=1; fi; done
  [ -n "$found" ] || refuse "--only '$name': no such file in experiments/nightly/, parts $parts"
done

program=${DINOBENCH:-build/dinobench}
[ -n "${DINOBENCH:-}" ] || tools/build.sh || broken "the build failed"
[ -x "$program" ] || broken "no program $program"
export OMP_WAIT_POLICY=passive
day=$(date -u +%Y%m%d)
if [ -n "$make_baseline" ]; then seeds=${seeds:-0 1 2 3 4}; else seeds=${seeds:-${day}0 ${day}1}; fi
output=${output:-runs/nightly/$day-$(sha256sum "$program" | cut -c1-8)}
data=$(dirname "$output")
few=$data/shapes-few
draw() { "$program" data make --output "$1" --seed 0 --quiet "${@:2}" || broken "no data in $1"; }
draw "$data/shapes" --parts classification
draw "$few" --train_per_class 20 --val_per_class 20 --retrieval_identities 4 --retrieval_others 20 --copydays_originals 6 \
  --copydays_distractors 20 --copydays_whitening 200 --voc_val 6 --davis_sequences 2 --davis_frames 5

# judge PART NAME SEED RECORD: one run. It has one thread, so that the jobs beside it change no bit.
judge() {
  local part=$1 name=$2 seed=$3 record=$4 evaluations start=$SECONDS child
  case "$part/$name" in
    statistical/*) evaluations=(--config experiments/nightly/judged.cfg --data_path "$data/shapes/classification") ;;
    exact/fixed_*) evaluations=(--config experiments/quickstart/evaluations.cfg --data_path "$few/classification" --linear.epochs 1
        --retrieval.data_path "$few/retrieval" --copy_detection.data_path "$few/copydays"
        --copy_detection.whitening_path "$few/copydays/whitening" --copy_detection.distractors_path "$few/copydays/distractors"
        --attention.data_path "$few/voc/VOC2012" --video.data_path "$few/davis/DAVIS" --video.output_dir "${record%.h5}_work/masks") ;;
    exact/*) evaluations=(--data_path "$few/classification") ;;
  esac
  "$program" run "${evaluations[@]}" --config "experiments/nightly/$part/$name.cfg" --experiment "nightly/$part/$name" --seed "$seed" \
    --threads 1 --output "$record" --quiet &
  child=$!
  trap 'kill "$child" 2>/dev/null || true; wait "$child" || true; exit 143' TERM
  wait "$child" || return
  echo "$part $name seed $seed: $((SECONDS - start)) s"
}

# At most $jobs runs at a time; the first that fails ends the night.
running=0
stop_all() {
  local job
  for job in $(jobs -p); do kill "$job" 2>/dev/null || true; done
  wait || true
}
failed() {
  stop_all
  broken "a run failed, see above; the others go on where they are when this command is given again"
}
trap 'stop_all; exit 130' INT TERM
begin() {
  if [ "$running" -ge "$jobs" ]; then
    wait -n || failed
    running=$((running - 1))
  fi
  judge "$@" &
  running=$((running + 1))
}

exact=() statistical=() # this night's records: others may lie beside them
for part in $parts; do
  declare -n records=$part
  mkdir -p "$output/$part" || broken "no folder $output/$part"
  these=$seeds
  if [ "$part" = exact ]; then these=0; fi
  for config in experiments/nightly/"$part"/*.cfg; do
    name=$(basename "$config" .cfg)
    [[ -z $only || " $only " == *" $name "* ]] || continue
    for seed in $these; do
      records+=("$output/$part/$name-seed$seed.h5")
      begin "$part" "$name" "$seed" "$output/$part/$name-seed$seed.h5"
    done
  done
done
while [ "$running" -gt 0 ]; do wait -n || failed; running=$((running - 1)); done

# The baseline's records of what ran: all, or those of --only.
shopt -s nullglob
earlier() {
  local name
  before=("$baseline/$1"/*.h5)
  if [ -n "$only" ]; then
    before=()
    for name in $only; do before+=("$baseline/$1/$name"-seed*.h5); done
  fi
}
worst=0
for part in $parts; do
  # shellcheck disable=SC2178
  declare -n records=$part
  [ ${#records[@]} -gt 0 ] || continue
  earlier "$part"
  if [ ${#before[@]} = 0 ]; then
    echo "$part: no earlier baseline to compare with"
    [ -n "$make_baseline" ] || [ "$worst" -ge 2 ] || worst=2
    continue
  fi
  how=()
  if [ "$part" = exact ]; then how=(--exact); fi
  code=0
  "$program" check --baseline "${before[@]}" --new "${records[@]}" "${how[@]}" --json "$output/$part.json" --junit "$output/$part.xml" || code=$?
  if [ "$code" -gt "$worst" ]; then worst=$code; fi
done

# The new baseline of a part is whole before the old one goes.
renew() {
  local folder=$make_baseline/$1 name
  # shellcheck disable=SC2178
  declare -n records=$1
  [ ${#records[@]} -gt 0 ] || return 0
  rm -rf "$folder.new"
  mkdir -p "$folder.new"
  if [ -n "$only" ] && [ -d "$folder" ]; then
    cp "$folder"/*.h5 "$folder.new/"
    for name in $only; do rm -f "$folder.new/$name"-seed*.h5; done
  fi
  cp "${records[@]}" "$folder.new/"
  rm -rf "${folder:?}"
  mv "$folder.new" "$folder"
}
if [ -n "$make_baseline" ]; then
  for part in $parts; do renew "$part" || broken "$make_baseline/$part is not written"; done
  echo "baseline: $make_baseline; what differs from $baseline is above"
  exit 0
fi
echo "records: $output    findings: $output/*.json, $output/*.xml"
exit "$worst"
