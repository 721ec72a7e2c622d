#!/usr/bin/env bash
# Installs what the build needs: Debian packages, and the pinned wheels of LibTorch in .venv. Quick when nothing is missing.
#   tools/setup.sh [--cpu|--cuda] [--dev] [--paper]
# --cpu   LibTorch's CPU library alone (default where no NVIDIA driver is found)
# --cuda  LibTorch with CUDA, cuDNN and NCCL, all from wheels: no toolkit
# --dev   what only the tests need as well: Python's torch, Pillow, numpy ...
# --paper what results/make.sh typesets the paper with: pdflatex
set -euo pipefail
cd "$(dirname "$0")/.."

profile=cpu
command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1 && profile=cuda
dev='' paper=''
for word in "$@"; do
  case "$word" in
    --cpu) profile=cpu ;;
    --cuda) profile=cuda ;;
    --dev) dev=dev ;;
    --paper) paper=paper ;;
    *) echo "setup: unknown option '$word'; known: --cpu --cuda --dev --paper" >&2; exit 2 ;;
  esac
done

packages=(g++ cmake ninja-build ccache git libboost-program-options-dev libhdf5-dev libopenmpi-dev openmpi-bin
  libjpeg-dev libpng-dev libtiff-dev libwebp-dev zlib1g-dev libssl-dev nlohmann-json3-dev catch2 clang-format python3 python3-venv)
[[ " $* " != *" --dev "* ]] || packages+=(libbenchmark-dev)
[ -z "$paper" ] || packages+=(texlive-latex-recommended texlive-latex-extra texlive-fonts-recommended)

have() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

install_packages() {
  local missing=() name
  for name in "${packages[@]}"; do have "$name" || missing+=("$name"); done
  [ ${#missing[@]} -eq 0 ] && return
  if ! command -v apt-get >/dev/null; then
    echo "setup: no apt-get here; install the equivalents of: ${missing[*]}" >&2; exit 2
  fi
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null && ! { [ -t 0 ] && command -v sudo >/dev/null; }; then
      echo "setup: missing packages, and neither root nor sudo here. Ask for: apt-get install ${missing[*]}" >&2; exit 2
    fi
    root=(sudo)
  fi
  echo "setup: installing ${missing[*]}"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
}

# install_wheels NAME PIP-ARGUMENTS...: once for each content of the requirements file NAME.
install_wheels() {
  local file=$1 stamp
  shift
  stamp=.venv/.installed-$file-$(sha256sum "$file" | cut -c1-16)
  [ -e "$stamp" ] && return
  echo "setup: installing the wheels of $file"
  # Of what is not imported nothing is compiled.
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile "$@" -r "$file"
  rm -f ".venv/.installed-$file-"*
  touch "$stamp"
}

install_packages
[ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null || python3 -m venv --clear .venv
if [ "$profile" = cuda ]; then
  install_wheels requirements-cuda.txt
else
  install_wheels requirements.txt --no-deps
fi
[ -z "$dev" ] || install_wheels requirements-dev.txt
echo "setup: ready ($profile${dev:+, dev}${paper:+, paper})"
