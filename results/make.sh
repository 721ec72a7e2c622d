#!/usr/bin/env bash
# Makes every table, every figure, the paper's numbers and the paper itself from what results/ holds, and nothing else:
#   results/make.sh          the same bytes on every run; deletes nothing; under a minute
# DINOBENCH names another executable than build/dinobench. Without pdflatex (tools/setup.sh --paper) the PDF is left alone.
# Exit codes: 0 all made; 1 something of results/ is missing, and said by name, or a number of the paper has no source; 2 no program or
# no .venv to make it with.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
python=$root/.venv/bin/python
program=${DINOBENCH:-$root/build/dinobench}
[ -x "$program" ] || { echo "make: no $program: run tools/build.sh first" >&2; exit 2; }
[ -x "$python" ] || { echo "make: no $python: run tools/setup.sh --dev first" >&2; exit 2; }
export SOURCE_DATE_EPOCH=1700000000 LC_ALL=C PYTHONDONTWRITEBYTECODE=1
mkdir -p results/tables results/figures
missing=0 work=

# Every source of results/sources.txt that is not there, with what makes it.
report_missing() {
  local folder command
  while IFS='|' read -r folder command; do
    folder=${folder%% *}
    case "$folder" in '' | '#'*) continue ;; esac
    if ! has_any "$folder"; then
      echo "make: results/$folder is empty. It is made by:$command" >&2
      missing=1
    fi
  done <results/sources.txt
}

has_any() { compgen -G "results/$1/*.h5" >/dev/null || compgen -G "results/$1/*.json" >/dev/null; }

# table NAME FOLDER LAYOUT ROW: results/tables/NAME.{md,csv,tex}, every row tested against ROW.
table() {
  local format
  has_any "$2" || return 0
  for format in md csv tex; do
    "$program" table --layout "experiments/layouts/$3.layout" --against "$4" --format "$format" --output "results/tables/$1.$format" \
      results/"$2"/*.h5 >/dev/null
  done
}

make_paper() {
  if ! command -v pdflatex >/dev/null; then
    echo "make: no pdflatex here (tools/setup.sh --paper installs it): results/dinobench.pdf is left alone"
    return 0
  fi
  local pass
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  for pass in first second third fourth; do  # until the references stand
    cp "$work/dinobench.aux" "$work/before.aux" 2>/dev/null || true
    (cd paper && pdflatex -interaction=nonstopmode -halt-on-error -output-directory="$work" dinobench.tex) >"$work/$pass.txt" 2>&1 ||
      { tail -n 30 "$work/$pass.txt" >&2; echo "make: pdflatex failed" >&2; exit 1; }
    if cmp -s "$work/before.aux" "$work/dinobench.aux"; then break; fi
  done
  if grep -E 'There were undefined|multiply defined' "$work/$pass.txt" >&2; then echo "make: the paper has holes" >&2; exit 1; fi
  cp "$work/dinobench.pdf" results/dinobench.pdf
  echo "made: results/dinobench.pdf"
}

report_missing
table cifar10 records/cifar10 cifar10 "DINO, ViT nano/8"
table shapes records/shapes overview dino/vit_nano
"$python" results/measured_tables.py "$root"
"$python" results/figures.py "$root" >/dev/null
if [ "$missing" = 1 ]; then
  echo "make: tables and figures of what is there are made; the paper needs the rest and is left alone" >&2
  exit 1
fi
"$python" paper/values.py "$root"
echo "made: results/tables, results/figures, results/COST.md, results/values.tex"
make_paper
