# Shared by the start scripts of the bundle: finds LibTorch, the C library and MPI, and starts programs with them.
# Expects $here, the bundle's folder; bundle.conf says torch_version, glibc, glibcxx and cuda.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034,SC1091
. "$here/bundle.conf"

fail() { echo "dinobench: error: $*" >&2; exit 2; }

# joined FOLDER...: a search path without empty parts, which would mean the current folder.
joined() {
  joined_path=
  for part in "$@"; do [ -z "$part" ] || joined_path=${joined_path:+$joined_path:}$part; done
  echo "$joined_path"
}

system_libraries() { PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null; }

# torch_in WHERE FOLDER: takes FOLDER if it is a torch package of the version that the program was linked to.
torch_in() {
  if [ ! -e "$2/lib/libtorch_cpu.so" ]; then
    looked="$looked; $1: no $2/lib/libtorch_cpu.so"
    return 1
  fi
  version=$(sed -n "s/^__version__ = '\(.*\)'.*/\1/p" "$2/version.py" 2>/dev/null)
  [ -n "$version" ] || version=$(head -n 1 "$2/build-version" 2>/dev/null)
  case "$version" in
    "$torch_version" | "$torch_version+"*) torch=$2 ;;
    *) looked="$looked; $1: $2 is torch ${version:-of an unknown version}"; return 1 ;;
  esac
}

# What `import torch` would find, without importing it.
torch_of_python() {
  program=$(command -v "$1") || { looked="$looked; $1: no such program"; return 1; }
  folder=$("$program" -c "
import sys
sys.path = [place for place in sys.path if place]
from importlib.util import find_spec
found = find_spec('torch')
print(list(found.submodule_search_locations)[0] if found and found.submodule_search_locations else '')" 2>/dev/null)
  if [ -z "$folder" ]; then looked="$looked; $program: no package torch"; return 1; fi
  torch_in "$program" "$folder"
}

# Sets torch. The wheel of any Python does: no Python takes part in a run.
find_torch() {
  torch='' looked=''
  if [ -n "${TORCH_ROOT:-}" ]; then
    if torch_in TORCH_ROOT "$TORCH_ROOT" || torch_in TORCH_ROOT "$TORCH_ROOT/torch"; then return; fi
  else
    if [ -d "$here/site" ] && torch_in "the bundle" "$here/site/torch"; then return; fi
    for name in VIRTUAL_ENV CONDA_PREFIX; do
      eval "environment=\${$name:-}"
      [ -n "$environment" ] || continue
      for folder in "$environment"/lib/python3*/site-packages/torch; do
        if torch_in "$name" "$folder"; then return; fi
      done
    done
    if torch_of_python python3 || torch_of_python python; then return; fi
    for folder in "${HOME:-}"/.local/lib/python3*/site-packages/torch; do
      if [ -e "$folder" ] && torch_in "HOME" "$folder"; then return; fi
    done
  fi
  fail "no LibTorch $torch_version found. Looked in${looked#;}. Install the wheel (python3 -m pip install torch==$torch_version)" \
    "or name its folder: TORCH_ROOT=.../site-packages/torch"
}

# Sets loader and glibc_libraries: empty for the system's C library. DINOBENCH_GLIBC=system|bundle chooses.
choose_libc() {
  found=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc 2\.\([0-9]*\).*/\1/p')
  glibc_libraries=
  case "${DINOBENCH_GLIBC:-auto}" in
    bundle) glibc_libraries=$here/glibc ;;
    system) [ "${found:-0}" -ge "${glibc#2.}" ] || fail "this needs glibc $glibc or newer; the system has 2.${found:-?}" ;;
    auto) [ "${found:-0}" -ge "${glibc#2.}" ] || glibc_libraries=$here/glibc ;;
    *) fail "DINOBENCH_GLIBC=$DINOBENCH_GLIBC; expected auto, system or bundle" ;;
  esac
  loader=${glibc_libraries:+$glibc_libraries/ld-linux-x86-64.so.2}
}

# Sets gcc_libraries: those of the bundle, unless the system's are newer. Its own libraries may need the newer ones.
choose_libstdcxx() {
  gcc_libraries=$here/lib/gcc
  [ -z "$loader" ] || return 0
  theirs=$(system_libraries | sed -n 's/.*libstdc++\.so\.6 (libc6,x86-64.* => //p' | head -n 1)
  if [ -n "$theirs" ] && grep -qa "GLIBCXX_3\.4\.$((${glibcxx##*.} + 1))" "$theirs"; then gcc_libraries=; fi
}

# Open MPI has its folders compiled in: here they are told.
use_own_mpi() {
  mpi_libraries=$here/mpi/lib
  export OPAL_PREFIX="$here/mpi" OPAL_LIBDIR="$here/mpi/lib" OPAL_PKGLIBDIR="$here/mpi/lib/openmpi"
  export OPAL_PKGDATADIR="$here/mpi/share/openmpi" OPAL_SYSCONFDIR="$here/mpi/etc"
  export PMIX_PREFIX="$here/mpi" PMIX_LIBDIR="$here/mpi/lib" PMIX_PKGLIBDIR="$here/mpi/lib/pmix" PMIX_PKGDATADIR="$here/mpi/share/pmix"
  export HWLOC_PLUGINS_PATH="$here/mpi/lib/hwloc"
}

# The Open MPI whose mpirun or SLURM started this rank: it fits the launcher and knows the machine's network.
use_system_mpi() {
  mpirun=$(command -v mpirun) || mpirun=
  old_separator=$IFS
  IFS=:
  # shellcheck disable=SC2086
  set -- ${OPAL_PREFIX:+"$OPAL_PREFIX/lib"} ${LD_LIBRARY_PATH:-}
  IFS=$old_separator
  for program in "$mpirun" "$(readlink -f "$mpirun" 2>/dev/null)"; do
    [ -z "$program" ] || set -- "$@" "${program%/bin/*}/lib" "${program%/bin/*}/lib64"
  done
  for folder in "$@"; do
    if [ "$folder" != "$here/mpi/lib" ] && [ -e "$folder/libmpi.so.40" ]; then mpi_libraries=$folder; return; fi
  done
  mpi_libraries=
  system_libraries | grep -q 'libmpi\.so\.40 .*x86-64'
}

# Sets mpi_libraries. DINOBENCH_MPI=system|bundle chooses.
choose_mpi() {
  launched=${OMPI_COMM_WORLD_SIZE:-}${PMIX_RANK:-}${PMI_RANK:-}${PMI_SIZE:-}
  case "${DINOBENCH_MPI:-auto}" in
    bundle) use_own_mpi ;;
    system) use_system_mpi || fail "DINOBENCH_MPI=system, but no libmpi.so.40 (Open MPI) beside mpirun or among the system's libraries" ;;
    auto)
      if [ -z "$launched" ] || [ "${DINOBENCH_BUNDLED_MPIRUN:-}" = "$here" ] || ! use_system_mpi; then use_own_mpi; fi ;;
    *) fail "DINOBENCH_MPI=$DINOBENCH_MPI; expected auto, system or bundle" ;;
  esac
}

# start PROGRAM ARGUMENTS...: becomes the program, with $libraries before those of the system. What is missing is said first.
start() {
  program=$1
  shift
  libraries=$(joined "$glibc_libraries" "$libraries")
  if [ -n "$loader" ]; then
    missing=$("$loader" --library-path "$libraries" --list "$program" 2>&1) || :
  else
    missing=$(LD_LIBRARY_PATH=$libraries LD_TRACE_LOADED_OBJECTS=1 "$program" 2>&1) || :
  fi
  missing=$(echo "$missing" | sed -n 's/^[[:space:]]*//; s/ (0x[0-9a-f]*)$//; /not found\|cannot open/p' | head -n 1)
  [ -z "$missing" ] || fail "$missing; torch taken from ${torch:-nowhere}: was it installed with what it depends on?"
  if [ -n "$loader" ]; then
    exec "$loader" --argv0 "$program" --library-path "$libraries" "$program" "$@"
  fi
  export LD_LIBRARY_PATH="$libraries"
  exec "$program" "$@"
}
