#!/usr/bin/env bash
# Every .cu file compiles for the architectures of the CUDA build; needs nvcc, no GPU.
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for source in */*.cu; do
  nvcc -std=c++20 -Werror all-warnings -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=sm_90 -I. \
    -c "$source" -o "$out/object.o"
  echo "compiled $source"
done
