#!/usr/bin/env bash
# The launch templates: what the SLURM script starts, that signals reach the ranks, when a job is put back into the queue and
# when not (SLURM's commands are stand-ins), and the hosts script with the real mpirun.
# shellcheck disable=SC2015,SC2016,SC2034
set -u
binary=$1
source_dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
check() { if eval "$2"; then echo "ok   $1"; else echo "FAIL $1: $2"; sed 's/^/     /' "$work/log"; failures=$((failures + 1)); fi; }

for script in "$source_dir"/experiments/launch/*.sh "$source_dir"/tools/bundle.sh; do
  bash -n "$script" || failures=$((failures + 1))
  if command -v shellcheck >/dev/null; then (cd "$source_dir" && shellcheck -x "$script") || failures=$((failures + 1)); fi
done

# sbatch: the script's copy runs elsewhere, with the variables that its #SBATCH lines and the command line ask for.
fake=$work/fake
mkdir -p "$fake" "$work/spool" "$work/submit/build"
cat >"$fake/sbatch" <<'EOF'
#!/usr/bin/env bash
nodes=1
[ "$1" != --nodes ] || { nodes=$2; shift 2; }
script=$1; shift
directive() { sed -n "s/^#SBATCH --$1=//p" "$script"; }
cp "$script" "$SPOOL/slurm_script"
tasks=$(directive ntasks-per-node)
export SLURM_JOB_ID=4711 SLURM_SUBMIT_DIR=$PWD SLURM_NTASKS_PER_NODE=$tasks SLURM_NTASKS=$((tasks * nodes))
export SLURM_CPUS_PER_TASK=$(directive cpus-per-task) SLURM_JOB_NODELIST=node[1-$nodes]
cd / && exec bash "$SPOOL/slurm_script" "$@"
EOF
# srun: passes signals on to its task, as the real one does, and returns the task's exit code.
cat >"$fake/srun" <<'EOF'
#!/usr/bin/env bash
printf '%s\n' "$@" >"$WORK/srun_words"
while [[ $1 == --* ]]; do case "$1" in --cpus-per-task) shift 2 ;; *) shift ;; esac; done
"$@" &
task=$!
again=1
trap 'again=1; kill -USR1 $task' USR1
trap 'again=1; kill -TERM $task' TERM
while [ $again = 1 ]; do again=0; wait $task; code=$?; done
exit $code
EOF
cat >"$fake/scontrol" <<'EOF'
#!/usr/bin/env bash
case "$1" in
  show) [ "$STATE" = gone ] && exit 1; echo "JobId=$3 JobName=dinobench"; echo "   JobState=$STATE Reason=None Dependency=(null)" ;;
  requeue) echo "$2" >>"$WORK/requeued" ;;
esac
EOF
# The program: says that it runs, and ends on a signal as dinobench does.
cat >"$work/submit/build/dinobench" <<'EOF'
#!/usr/bin/env bash
printf '%s\n' "$@" >"$WORK/words"
echo "$OMP_NUM_THREADS" >"$WORK/threads"
trap 'echo USR1 >>"$WORK/checkpoint"; exit 138' USR1
trap 'echo TERM >>"$WORK/checkpoint"; exit 143' TERM
echo $$ >"$WORK/pid"
[ -z "${ENDS:-}" ] || exit "$ENDS"
for _ in {1..200}; do sleep 0.1; done
EOF
chmod +x "$fake"/* "$work/submit/build/dinobench"
export WORK=$work SPOOL=$work/spool

words=(train --method dino --data_path "a folder" --output_dir out)
# job STATE [SIGNAL batch|ranks]: one job from submission to end; code is its exit code.
job() {
  local state=$1 signal=${2:-} to=${3:-} pid
  rm -f "$work"/{requeued,checkpoint,pid,words,srun_words}
  (cd "$work/submit" && STATE=$state PATH="$fake:$PATH" exec sbatch --nodes 2 "$source_dir/experiments/launch/slurm.sh" "${words[@]}") >"$work/log" 2>&1 &
  pid=$!
  if [ -n "$signal" ]; then
    for _ in {1..100}; do [ -s "$work/pid" ] && break; sleep 0.1; done
    [ "$to" = batch ] && kill "-$signal" "$pid" || kill "-$signal" "$(cat "$work/pid")"
  fi
  wait "$pid"
  code=$?
}
requeued() { [ "$(cat "$work/requeued" 2>/dev/null)" = 4711 ]; }
not_requeued() { [ ! -e "$work/requeued" ]; }
checkpoint() { [ "$(cat "$work/checkpoint" 2>/dev/null)" = "$1" ]; }

for line in --requeue --signal=B:USR1@120; do
  check "asks SLURM for $line" "grep -qx '#SBATCH $line' '$source_dir/experiments/launch/slurm.sh'"
done
ENDS=0 job RUNNING
check "a finished job ends with 0 and is not requeued" '[ $code = 0 ] && not_requeued'
check "dinobench gets its words unchanged" '[ "$(cat "$work/words")" = "$(printf "%s\n" "${words[@]}")" ]'
check "ranks start by PMIx and wait for each other" 'grep -qx -e --mpi=pmix "$work/srun_words" && grep -qx -e --kill-on-bad-exit=0 "$work/srun_words"'
check "threads are the cores of a rank" '[ "$(cat "$work/threads")" = 8 ]'
job RUNNING USR1 batch
check "time limit: SIGUSR1 reaches the ranks, the job is requeued once" '[ $code = 138 ] && checkpoint USR1 && requeued'
job RUNNING TERM batch
check "pre-emption by SIGTERM to the script: likewise" '[ $code = 138 ] && checkpoint USR1 && requeued'
job RUNNING TERM ranks
check "pre-emption by SIGTERM to the ranks: requeued" '[ $code = 143 ] && checkpoint TERM && requeued'
for state in CANCELLED COMPLETING gone; do
  job $state TERM ranks
  check "SIGTERM of a job that is $state: not requeued" '[ $code = 143 ] && not_requeued'
done
for end in 1 2 3 134 139; do
  ENDS=$end job RUNNING
  check "exit code $end: not requeued, handed on" '[ $code = $end ] && not_requeued'
done
job RUNNING KILL ranks
check "a killed rank (out of memory): not requeued" '[ $code = 137 ] && not_requeued'
words=(train --method dino --data_path a)
job RUNNING
check "a training that could not go on is refused" '[ $code = 2 ] && grep -q -e --output_dir "$work/log" && [ ! -e "$work/words" ]'

words=("$source_dir/experiments/table9.sh" --preset smoke --only batch128 --data_path data --output "$work/experiment")
DINOBENCH=$work/submit/build/dinobench ENDS=0 job RUNNING
check "an experiment's runs start by srun on all ranks" '[ $code = 0 ] && grep -qx -e --mpi=pmix "$work/srun_words" && grep -qx run "$work/srun_words" && grep -qx table9/batch128 "$work/srun_words"'
DINOBENCH=$work/submit/build/dinobench job RUNNING USR1 batch
check "time limit of an experiment: SIGUSR1 reaches the ranks, the job is requeued once" '[ $code = 138 ] && checkpoint USR1 && requeued'

# The hosts script.
hosts=$source_dir/experiments/launch/mpirun_hosts.sh
run() { DINOBENCH=$binary "$hosts" "$@" >"$work/log" 2>&1; code=$?; }
printf '# two hosts\nnode1 slots=4\nnode2 slots=4  # the second\n\n' >"$work/hosts"
TORCH_ROOT=/t NCCL_DEBUG=WARN run --hosts "$work/hosts" --bind_to core --threads 3 --dry_run -- train --data_path "a folder"
check "one rank a slot on every host" '[ $code = 0 ] && grep -q -e "-n 8 --map-by ppr:4:node:PE=3 --bind-to core" "$work/log" && grep -qx "node2 slots=4" "$work/log"'
check "the environment goes along" 'grep -q -e "-x TORCH_ROOT" "$work/log" && grep -q -e "-x NCCL_DEBUG" "$work/log" && grep -q -e "-x OMP_NUM_THREADS" "$work/log"'
check "the words stay whole" 'grep -qF "a\\ folder" "$work/log"'
run --hosts "$work/hosts" --ranks_per_host 2 --dry_run -- info
check "--ranks_per_host wins over slots" 'grep -q -e "-n 4 --map-by ppr:2:node" "$work/log" && grep -qx "node1 slots=2" "$work/log"'
printf 'node1 slots=4\nnode2 slots=2\n' >"$work/uneven"
run --hosts "$work/uneven" --dry_run -- info
check "uneven hosts are refused" '[ $code = 2 ] && grep -q "same number" "$work/log"'
run --hosts "$work/none" --dry_run -- info
check "a missing hosts file is refused" '[ $code = 2 ] && grep -q "none" "$work/log"'
run --hosts "$work/hosts" --bind_to core --dry_run -- info
check "core binding without a number of cores is refused" '[ $code = 2 ]'
echo localhost >"$work/here"
OMP_NUM_THREADS=1 run --hosts "$work/here" --ranks_per_host 2 -- info
check "two ranks start here" '[ $code = 0 ] && grep -qE "^world_size +2$" "$work/log"'
# The real mpirun hands the signal on and returns the ranks' exit code.
rm -f "$work"/{pid,checkpoint}
DINOBENCH=$work/submit/build/dinobench "$hosts" --hosts "$work/here" --ranks_per_host 1 --threads 1 -- train >"$work/log" 2>&1 &
pid=$!
for _ in {1..100}; do [ -s "$work/pid" ] && break; sleep 0.1; done
kill -TERM $pid
wait $pid
code=$?
check "SIGTERM asks the ranks for a checkpoint" '[ $code = 138 ] && checkpoint USR1'

if [ "$failures" != 0 ]; then echo "$failures checks failed"; exit 1; fi
echo "jobs start, go on and end as told"
