#!/usr/bin/env bash
# Sets up and builds: tools/build.sh [--cpu|--cuda] [--dev]. The binary is build/dinobench (build-cuda/ with --cuda, linked
# from build/dinobench). A second run is quick.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh "$@"

preset=cpu
tests=() target=(--target dinobench)
for word in "$@"; do
  case "$word" in
    --cuda) preset=cuda ;;
    --dev) tests=(-DDINOBENCH_TESTS=ON) target=() ;;
  esac
done
folder=build
[ "$preset" = cuda ] && folder=build-cuda
# About 1.5 GB of memory a compile job.
jobs=$(( $(awk '/MemAvailable/ {print int($2 / 1500000)}' /proc/meminfo) ))
cores=$(nproc)
[ "$jobs" -gt "$cores" ] && jobs=$cores
[ "$jobs" -lt 1 ] && jobs=1
log=$folder/configure.log
mkdir -p "$folder"
cmake --preset "$preset" "${tests[@]}" >"$log" 2>&1 || { cat "$log" >&2; exit 3; }
cmake --build "$folder" -j "$jobs" "${target[@]}"
if [ "$preset" = cuda ]; then mkdir -p build && ln -sfn ../build-cuda/dinobench build/dinobench; fi
