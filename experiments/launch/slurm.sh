#!/usr/bin/env bash
# dinobench under SLURM, one rank a GPU; goes on by itself after pre-emption and at the time limit. Submit it with sbatch:
#   sbatch --nodes 2 experiments/launch/slurm.sh train --method dino --data_path DIR --output_dir DIR ...
#   sbatch --nodes 4 experiments/launch/slurm.sh experiments/table7.sh --preset paper --data_path DIR ...
# sbatch's own options stand before the script and win over the lines below; all behind it goes to dinobench, or is an
# experiment with its options, whose every run then starts by srun. README.md beside this file says what to adapt.
#SBATCH --job-name=dinobench
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=4
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=8
#SBATCH --time=24:00:00
#SBATCH --output=dinobench-%j.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@120
set -uo pipefail

say() { echo "launch: $*" >&2; }
refuse() { say "$*"; exit 2; }
[ $# -gt 0 ] || refuse "no command; expected e.g. 'sbatch $0 train --method dino ... --output_dir DIR'"
[ -n "${SLURM_JOB_ID:-}" ] || refuse "no SLURM_JOB_ID: this script is to be submitted with sbatch"

# SLURM runs a copy of this script: paths start where the job was submitted.
program=${DINOBENCH:-}
for place in build/dinobench dinobench; do
  [ -n "$program" ] || [ ! -x "$SLURM_SUBMIT_DIR/$place" ] || program=$SLURM_SUBMIT_DIR/$place
done
program=${program:-$(command -v dinobench)} || refuse "no dinobench in $SLURM_SUBMIT_DIR, its build/ or the PATH; name it: DINOBENCH=/path/to/dinobench"
case "$1 $*" in
  train*--output_dir* | train*--config* | run*--output* | eval* | info*) ;;
  *.sh\ *) ;;
  train* | run*) refuse "without --output_dir (train) or --output (run) an interrupted job could not go on" ;;
esac

threads=${SLURM_CPUS_PER_TASK:-1}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$threads}
# No --kill-on-bad-exit: the first rank to leave after a signal must not take those with it that still write. A rank that
# dies ends the step through MPI, or --wait does.
case "${DINOBENCH_LAUNCHER:-srun}" in
  srun) launch=(srun "--mpi=${DINOBENCH_SRUN_MPI:-pmix}" --cpus-per-task "$threads" --kill-on-bad-exit=0 --wait=60) ;;
  mpirun) launch=(mpirun -n "$SLURM_NTASKS" --map-by "ppr:${SLURM_NTASKS_PER_NODE:-1}:node" --bind-to none) ;;
  *) refuse "DINOBENCH_LAUNCHER=$DINOBENCH_LAUNCHER; expected srun or mpirun" ;;
esac

# The time limit comes as SIGUSR1 (--signal above), some sites pre-empt by SIGTERM. The ranks get SIGUSR1 in both cases:
# mpirun would answer SIGTERM by killing them.
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

say "job $SLURM_JOB_ID, start $((${SLURM_RESTART_COUNT:-0} + 1)), ${SLURM_NTASKS:-1} ranks on ${SLURM_JOB_NODELIST:-this host}"
command=("${launch[@]}" "$program" "$@")
if [[ $1 == *.sh ]]; then
  export DINOBENCH_START="${launch[*]}"
  command=("$@")
  [ -e "$1" ] || command[0]=$SLURM_SUBMIT_DIR/$1
  [ -x "${command[0]}" ] || refuse "no experiment ${command[0]}"
fi
"${command[@]}" &
child=$!
while [ "$interrupted" = 1 ]; do
  interrupted=0
  wait "$child"
  code=$?
done

# 138: a checkpoint after SIGUSR1; 143: after SIGTERM, which SLURM sends to the ranks itself when it pre-empts or cancels. A job
# that still runs was not cancelled (scancel), and SLURM has not put it back into the queue itself: then we do.
if [ "$code" = 138 ] || [ "$code" = 143 ]; then
  state=$(scontrol show job "$SLURM_JOB_ID" 2>/dev/null | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p')
  if [ "$state" != RUNNING ]; then
    say "the ranks ended as they were told; the job is ${state:-of unknown state} and is left as it is"
  elif scontrol requeue "$SLURM_JOB_ID"; then
    say "the ranks ended as they were told; the job is in the queue again"
  else
    say "the ranks ended as they were told, but the job could not be put into the queue again: submit it once more"
  fi
elif [ "$code" != 0 ]; then
  say "dinobench ended with exit code $code; the job is not started again"
fi
exit "$code"
