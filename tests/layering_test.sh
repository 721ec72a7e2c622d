#!/usr/bin/env bash
# Fails on an include that points upward, on a second door to an external library, on torch in core or a .cu file, and when
# the worked example of CONTRIBUTING.md outgrows what it is to prove.
set -u
cd "$1" || exit 2
bad=0
allow() {  # folder, then the folders it may include
  local folder=$1 pattern
  shift
  pattern=$(IFS='|'; echo "$*")
  local found
  found=$(grep -nE '^#include "[a-z_]+/' "$folder"/*.?pp "$folder"/*.cu "$folder"/*.cuh 2>/dev/null | grep -vE "#include \"($pattern)/")
  if [ -n "$found" ]; then echo "upward include in $folder/:"; echo "$found"; bad=1; fi
}
door() {  # header, files that may include it
  local header=$1 pattern=$2 found
  found=$(grep -rnE --include='*.?pp' --include='*.cu*' "#include [<\"]$header" core comm data backbones methods eval train tools 2>/dev/null | grep -vE "^($pattern):")
  if [ -n "$found" ]; then echo "second door to $header:"; echo "$found"; bad=1; fi
}
allow core core
allow comm core comm
allow data core data
allow backbones core backbones
allow methods core comm data backbones methods
allow eval core comm data backbones eval
allow train core comm data backbones methods eval train
allow tools core comm data backbones methods eval train tools
door 'mpi\.h' 'comm/mpi[a-z_]*\.[ch]pp'
door '(cuda|nccl|c10/cuda|ATen/cuda)' '[a-z]+/[a-z_]+(_cuda\.cpp|\.cu|\.cuh)'
door 'hdf5\.h' 'core/hdf5_file\.cpp'
door 'nlohmann/' 'core/safetensors_header\.cpp'
door 'boost/' 'core/options[a-z_]*\.cpp'
door '(jpeglib|png|tiffio|webp/decode)\.h' 'data/([a-z_]+\.cpp|jpeg_job\.hpp)'
door '(torch|ATen|c10)/' '(comm|backbones|methods|eval|train|tools)/[a-z_]+\.[ch]pp'
if grep -rnE '#include <torch/torch\.h>' --include=*.hpp . | grep -v '^./tests/' | grep -v '^./\.venv'; then bad=1; fi
if [ "$(wc -l <methods/simclr.cpp)" -ge 120 ]; then echo "methods/simclr.cpp: 120 lines or more"; bad=1; fi
[ $bad = 0 ] && echo "includes point one way"
exit $bad
