#!/usr/bin/env bash
# All tests of data/ in one form of machine code: data_forms_test.sh FORM BINARY.
set -euo pipefail
if [ "$1" != portable ] && ! grep -qw "$1" /proc/cpuinfo; then
  echo "skipped: this processor has no $1"
  exit 77
fi
DINOBENCH_FORM=$1 exec "$2"
