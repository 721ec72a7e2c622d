#!/usr/bin/env bash
# Every source of ours is formatted by .clang-format (version 14).
set -u
cd "$1" || exit 2
tool=${2:-clang-format}
if ! command -v "$tool" >/dev/null; then echo "skipped: no clang-format"; exit 0; fi
find core comm data backbones methods eval train tools tests \( -name '*.cpp' -o -name '*.hpp' -o -name '*.cu' -o -name '*.cuh' \) -print0 |
  xargs -0 "$tool" --dry-run --Werror && echo "formatted"
