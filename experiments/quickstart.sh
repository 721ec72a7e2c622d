#!/usr/bin/env bash
# The main job from nothing: installs, builds, draws the shapes data set, trains DINO and the supervised baselines, judges
# the frozen backbones by k-NN beside their floors, and prints the table. About 12 minutes on 2 cores after the build.
#   experiments/quickstart.sh [--preset smoke|small|full] [--seeds "0 1 2"] [--data_seed S] [--output DIR] [--ranks N]
# smoke: seconds, proves the script; full: about an hour. Finished runs are skipped, so a killed quickstart goes on.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=small seeds=0 data_seed=0 output= ranks=1
while [ $# -gt 0 ]; do
  case "$1" in
    --preset | --seeds | --data_seed | --output | --ranks)
      [ $# -ge 2 ] || { echo "quickstart: $1 needs a value" >&2; exit 2; }
      declare "${1#--}=$2"; shift 2 ;;
    *) echo "quickstart: unknown option '$1'; known: --preset --seeds --data_seed --output --ranks" >&2; exit 2 ;;
  esac
done
case "$preset" in
  small | full) images=500 ;;
  smoke) images=20 ;;
  *) echo "quickstart: unknown preset '$preset'; known: smoke small full" >&2; exit 2 ;;
esac
output=${output:-runs/quickstart-$preset}

# What a preset changes in every run: the length, never the method.
lengthen() {
  case "$preset" in
    small) ;;
    full) echo --epochs 80 ;;
    smoke) echo --max_steps 3 --batch_size_per_gpu 16 --steps_per_epoch 10 ;;
  esac
}

tools/build.sh
export OMP_WAIT_POLICY=passive
launch=()
if [ "$ranks" -gt 1 ]; then
  launch=(mpirun -n "$ranks" --oversubscribe)
  [ "$(id -u)" -eq 0 ] && launch+=(--allow-run-as-root)
fi
data=$output/data-seed$data_seed
build/dinobench data make --output "$data" --seed "$data_seed" --train_per_class "$images" \
  --parts classification
records=()
for seed in $seeds; do
  for config in experiments/quickstart/*.cfg; do
    record=$output/$(basename "$config" .cfg)-data$data_seed-seed$seed.h5
    # shellcheck disable=SC2046
    "${launch[@]}" build/dinobench run --config "$config" --seed "$seed" --data_path "$data/classification" \
      --output "$record" $(lengthen)
    records+=("$record")
  done
done
build/dinobench table --layout knn "${records[@]}"
build/dinobench table --layout knn --format md --output "$output/table.md" "${records[@]}" >/dev/null
echo "records: $output/*.h5    table: $output/table.md"
