#!/usr/bin/env bash
# Measures parity with the independent Python, speed beside Pillow and beside the DINO reference, and of two ranks beside one: results/parity/*.json, results/speed/*.json.
#   results/measure.sh [parity|speed|reference|scaling ...]      all without a word; minutes, on an otherwise idle machine
# DINOBENCH names another executable than that of build/. A test that fails or skips leaves its file alone and ends the run with its
# own words.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
python=$root/.venv/bin/python
program=${DINOBENCH:-$root/build/dinobench}
export OMP_WAIT_POLICY=passive CUDA_VISIBLE_DEVICES=

needs() { [ -x "$1" ] || { echo "measure: no $1: run tools/build.sh --dev first" >&2; exit 2; }; }

measure_parity() {
  needs "$program"
  [ -d ../shared/data ] || { echo "measure: no ../shared/data: without its images the tests compare less than what stands here" >&2; exit 2; }
  mkdir -p results/parity
  local name
  for name in pillow_test initial_weights_test step_parity_test knn_test linear_test retrieval_test copy_detection_test attention_test \
    video_test; do
    echo "== $name"
    "$python" "tests/reference/$name.py" "$program" "$root" --json "results/parity/$name.json"
  done
}

measure_speed() {
  needs "$root/build/tests/perf_tests"
  mkdir -p results/speed
  "$python" tests/perf/pillow_speed.py --json results/speed/pillow_speed.json
  "$python" - results/speed/host.json <<'END'
import json, os, re, sys
import PIL, torch, torchvision
with open("/proc/cpuinfo", encoding="utf-8") as file:
    model = re.search(r"model name\s*: (.*)", file.read())
host = {"processor": model[1] if model else "unknown", "cores": len(os.sched_getaffinity(0)), "pillow": PIL.__version__,
        "torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0]}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(host, file, indent=1, sort_keys=True)
    file.write("\n")
END
}

# The rival's .py files: DINO_REFERENCE=FOLDER.
measure_reference() {
  needs "$root/build/tests/perf_tests"
  if [ -z "${DINO_REFERENCE:-}" ]; then
    echo "measure: reference needs DINO_REFERENCE, a folder with the .py files of the DINO reference" >&2
    exit 2
  fi
  mkdir -p results/speed
  "$python" tools/compare_reference.py "$DINO_REFERENCE" --json results/speed/reference.json --only dino_step_small dino_step_small_bf16 dino_step_nano \
    multi_crop multi_crop_decoded supervised_train evaluation knn retrieval_scoring copy_scoring video_propagation
}

measure_scaling() {
  needs "$program"
  mkdir -p results/speed
  "$python" tests/perf/mpi_scaling.py "$program" --case nano --json results/speed/scaling.json
}

[ $# -gt 0 ] || set -- parity speed reference scaling
for part in "$@"; do
  case "$part" in
    parity | speed | reference | scaling) "measure_$part" ;;
    *) echo "measure: unknown part '$part'; known: parity speed reference scaling" >&2; exit 2 ;;
  esac
done
