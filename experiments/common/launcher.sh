# shellcheck shell=bash
# How a row is started: one process, mpirun on this host, a list of hosts, or DINOBENCH_START (launch/slurm.sh).
program=${DINOBENCH:-$(dirname "$here")/build/dinobench}
if [ -n "${DINOBENCH_START:-}" ]; then ranks=${SLURM_NTASKS:-$ranks}; fi

# The global batch is the recipe's, whatever the number of ranks: fewer ranks take it in parts of at most the recipe's size.
fit_to_ranks() {
  [ "${o[method]}" != random_init ] || { row_ranks=${ranks:-1}; return 0; }
  local batch=${o[batch_size_per_gpu]} parts=1
  local global=$((batch * published_ranks))
  row_ranks=${ranks:-$published_ranks}
  [ $((global % row_ranks)) = 0 ] || refuse "a global batch of $global cannot be dealt to --ranks $row_ranks"
  local share=$((global / row_ranks))
  while [ $((share / parts)) -gt "$batch" ] || [ $((share % parts)) != 0 ]; do parts=$((parts + 1)); done
  put batch_size_per_gpu $((share / parts))
  if [ "$parts" -gt 1 ]; then put accumulate_steps "$parts"; fi
}

# Words before `run`.
set_start() {
  if [ -n "${DINOBENCH_START:-}" ]; then
    read -ra start <<<"$DINOBENCH_START"
    start+=("$program")
  elif [ -n "$hosts" ]; then
    start=("$here/launch/mpirun_hosts.sh" --hosts "$hosts" --)
  elif [ "$row_ranks" -gt 1 ]; then
    start=(mpirun -n "$row_ranks" --oversubscribe)
    [ "$(id -u)" -ne 0 ] || start+=(--allow-run-as-root)
    start+=("$program")
  else
    start=("$program")
  fi
}

# A signal to the script is one to its run, which writes a checkpoint: the same command goes on.
child='' told=''
# shellcheck disable=SC2317
forward() {
  told=1
  [ -z "$child" ] || kill -USR1 "$child" 2>/dev/null
}

start_and_wait() {
  local code
  trap forward INT TERM USR1
  "$@" &
  child=$!
  told=1
  while [ -n "$told" ]; do
    told=
    code=0
    wait "$child" || code=$?
  done
  child=
  trap - INT TERM USR1
  [ "$code" = 0 ] || exit "$code"
}
