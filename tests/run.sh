#!/usr/bin/env bash
# Installs, builds and runs every test: unit, contract, mpi (2 and 3 ranks), reference and end-to-end.
#   tests/run.sh [ctest arguments, e.g. -L unit]
set -euo pipefail
cd "$(dirname "$0")/.."
tools/build.sh --cpu --dev
[ -e build/tests/dinobench_with_cuda ] || echo "skipped: the CUDA executable; $(grep -o 'not here: .*' build/configure.log || true)"
if [ ! -d ../shared/data ]; then echo "note: no ../shared/data beside the checkout; tests on real images will be skipped"; fi
export OMP_WAIT_POLICY=passive
ctest --test-dir build --output-on-failure -j 2 "$@"
