#!/usr/bin/env bash
# dinobench on several hosts by Open MPI's mpirun and ssh, one rank a GPU:
#   experiments/launch/mpirun_hosts.sh --hosts FILE [--ranks_per_host N] [--threads T] [--bind_to none|core|numa|socket]
#     [--mpirun "OPTION ..."] [--dry_run] -- train --method dino --data_path DIR --output_dir DIR ...
# FILE has a host a line, '#' begins a comment; 'slots=N' behind a host is read where --ranks_per_host is not given, and without
# either it is this host's number of GPUs (1 without nvidia-smi). --threads: cores of a rank; default cores / ranks of a host.
set -uo pipefail

say() { echo "launch: $*" >&2; }
refuse() { say "$*"; exit 2; }
hosts='' ranks_per_host='' threads='' bind_to=none mpirun='' dry_run=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  case "$1" in
    --hosts | --ranks_per_host | --threads | --bind_to | --mpirun) [ $# -ge 2 ] || refuse "$1 needs a value"
      declare "${1#--}=$2"; shift 2 ;;
    --dry_run) dry_run=1; shift ;;
    *) refuse "unknown option '$1'; known: --hosts --ranks_per_host --threads --bind_to --mpirun --dry_run, then -- and dinobench's words" ;;
  esac
done
if [ "${1:-}" != -- ] || [ $# -lt 2 ]; then refuse "dinobench's command is expected behind --"; fi
shift
[ -r "$hosts" ] || refuse "--hosts '$hosts': expected a readable file with a host a line"

mapfile -t lines < <(sed 's/#.*//; s/[[:space:]]*$//; /^[[:space:]]*$/d' "$hosts")
[ ${#lines[@]} -gt 0 ] || refuse "$hosts names no host"
if [ -z "$ranks_per_host" ]; then
  mapfile -t slots < <(printf '%s\n' "${lines[@]}" | sed -n 's/.*slots[[:space:]]*=[[:space:]]*\([0-9]*\).*/\1/p' | sort -u)
  [ ${#slots[@]} -le 1 ] || refuse "$hosts: every host takes the same number of ranks, but slots are ${slots[*]}; give --ranks_per_host"
  ranks_per_host=${slots[0]:-$(nvidia-smi -L 2>/dev/null | grep -c '^GPU')}
  [ "$ranks_per_host" != 0 ] || ranks_per_host=1
fi
[[ $ranks_per_host =~ ^[1-9][0-9]*$ ]] || refuse "--ranks_per_host '$ranks_per_host': expected a number from 1"
[[ $threads =~ ^([1-9][0-9]*)?$ ]] || refuse "--threads '$threads': expected a number from 1"
case "$bind_to" in none | core | numa | socket) ;; *) refuse "--bind_to '$bind_to'; expected none, core, numa or socket" ;; esac
[ "$bind_to" != core ] || [ -n "$threads" ] || refuse "--bind_to core needs --threads: without it each rank would get one core"

# The checkout's program and the machine's mpirun, or those of the bundle that this file came with.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=${DINOBENCH:-$root/build/dinobench}
[ -x "$program" ] || program=$root/dinobench
[ -x "$program" ] || refuse "no program $root/build/dinobench or $root/dinobench; name it: DINOBENCH=/path/to/dinobench"
launcher=$(command -v mpirun) || launcher=$root/mpirun
[ -x "$launcher" ] || refuse "no mpirun on the PATH"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\n' "${lines[@]}" | awk -v slots="$ranks_per_host" '{print $1, "slots=" slots}' >"$work/hosts"
map=ppr:$ranks_per_host:node
if [ "$bind_to" = core ]; then map+=:PE=$threads; fi
[ -z "$threads" ] || export OMP_NUM_THREADS=$threads
command=("$launcher" --hostfile "$work/hosts" -n $((${#lines[@]} * ranks_per_host)) --map-by "$map" --bind-to "$bind_to")
[ "$(id -u)" -ne 0 ] || command+=(--allow-run-as-root)
# What the ranks on other hosts would not see otherwise.
for name in $(compgen -e | \
  grep -E '^(PATH|LD_LIBRARY_PATH|TORCH_ROOT|VIRTUAL_ENV|CONDA_PREFIX|(DINOBENCH|OMP|CUDA|NCCL|MKL|UCX)(_.*)?)$'); do
  command+=(-x "$name")
done
read -ra more <<<"$mpirun"
command+=("${more[@]}" "$program" "$@")
if [ -n "$dry_run" ]; then
  printf '%q ' "${command[@]}"; echo
  cat "$work/hosts"
  exit 0
fi

# mpirun passes SIGUSR1 on to the ranks, but kills them on SIGTERM: a checkpoint is asked for in both cases.
child=
interrupted=1
# shellcheck disable=SC2317
forward() {
  interrupted=1
  say "got SIG$1; the ranks are asked for a checkpoint"
  [ -z "$child" ] || kill -USR1 "$child" 2>/dev/null
}
trap 'forward USR1' USR1
trap 'forward TERM' TERM
"${command[@]}" &
child=$!
while [ "$interrupted" = 1 ]; do
  interrupted=0
  wait "$child"
  code=$?
done
[ "$code" = 0 ] || say "dinobench ended with exit code $code"
exit "$code"
