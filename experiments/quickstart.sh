#!/usr/bin/env bash
# The main job from nothing: installs, builds, draws the shapes data set, trains DINO and the supervised baselines, judges
# the frozen backbones beside their floors by every evaluation, and prints the tables. Under 12 minutes on 2 cores after the build.
#   experiments/quickstart.sh [--preset smoke|small|full] [--seeds "0 1 2"] [--data_seed S] [--output DIR] [--ranks N] [--only "NAME ..."]
# smoke: seconds, proves the script; full: about an hour. --only: these of experiments/quickstart/methods/. Finished runs are skipped, so a killed quickstart goes on.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=small seeds=0 data_seed=0 output='' ranks=1 only=''
while [ $# -gt 0 ]; do
  case "$1" in
    --preset | --seeds | --data_seed | --output | --ranks | --only)
      [ $# -ge 2 ] || { echo "quickstart: $1 needs a value" >&2; exit 2; }
      declare "${1#--}=$2"; shift 2 ;;
    *) echo "quickstart: unknown option '$1'; known: --preset --seeds --data_seed --output --ranks --only" >&2; exit 2 ;;
  esac
done
# What a preset changes in every run: the length, never the method.
draw=() length=()
case "$preset" in
  small) ;;
  full) length=(--epochs 80 --linear.epochs 100) ;;
  smoke)
    draw=(--train_per_class 20 --val_per_class 20 --retrieval_identities 4 --retrieval_others 20 --copydays_originals 6
      --copydays_distractors 20 --copydays_whitening 200 --voc_val 6 --davis_sequences 2 --davis_frames 5)
    length=(--max_steps 3 --batch_size_per_gpu 16 --steps_per_epoch 10 --linear.epochs 1) ;;
  *) echo "quickstart: unknown preset '$preset'; known: smoke small full" >&2; exit 2 ;;
esac
output=${output:-runs/quickstart-$preset}

tools/build.sh
export OMP_WAIT_POLICY=passive
launch=()
if [ "$ranks" -gt 1 ]; then
  launch=(mpirun -n "$ranks" --oversubscribe)
  [ "$(id -u)" -eq 0 ] && launch+=(--allow-run-as-root)
fi
data=$output/data-seed$data_seed
build/dinobench data make --output "$data" --seed "$data_seed" "${draw[@]}"
evaluations=(
  --data_path "$data/classification" --retrieval.data_path "$data/retrieval"
  --copy_detection.data_path "$data/copydays" --copy_detection.whitening_path "$data/copydays/whitening"
  --copy_detection.distractors_path "$data/copydays/distractors"
  --attention.data_path "$data/voc/VOC2012" --video.data_path "$data/davis/DAVIS"
)
records=()
for seed in $seeds; do
  for config in experiments/quickstart/methods/*.cfg; do
    [[ -z $only || " $only " == *" $(basename "$config" .cfg) "* ]] || continue
    record=$output/$(basename "$config" .cfg)-data$data_seed-seed$seed.h5
    "${launch[@]}" build/dinobench run --config "$config" --config experiments/quickstart/evaluations.cfg --seed "$seed" \
      "${evaluations[@]}" --video.output_dir "${record%.h5}_work/masks" --output "$record" "${length[@]}"
    records+=("$record")
  done
done
[ ${#records[@]} -gt 0 ] || { echo "quickstart: --only '$only' names none of experiments/quickstart/methods/" >&2; exit 2; }
for layout in knn overview; do
  build/dinobench table --layout $layout "${records[@]}"
  build/dinobench table --layout $layout --format md --output "$output/$layout.md" "${records[@]}" >/dev/null
done
build/dinobench report --output "$output/report.html" "${records[@]}"
echo "records: $output/*.h5    tables: $output/*.md    page: $output/report.html"
