# shellcheck shell=bash
# The command line of experiments/*.sh.
script=$(basename "$0" .sh)
options=(--preset --seeds --ranks --hosts --output --only --data_path --val_split --retrieval_path --copydays_path --whitening_path
  --distractors_path --voc_path --davis_path --weights_path)

refuse() {
  echo "$script: $*" >&2
  exit 2
}

show_help() {
  cat <<EOF
$title
usage: experiments/$script.sh [--preset smoke|small|paper] [--dry_run] [--option value ...]
  --preset smoke      smoke: seconds, proves the script; small: hours on a workstation; paper: the published recipe
  --dry_run           print every command with its cost, run nothing
  --seeds "0 1 2"     a run for each; default 0
  --ranks N           ranks; default: the recipe's (paper), 1 (smoke, small). The global batch stays the recipe's
  --hosts FILE        ranks on several hosts, by experiments/launch/mpirun_hosts.sh
  --only "ROW ..."    these rows alone
  --output DIR        records and tables; default runs/PRESET. Finished runs are skipped, cut ones go on
  --data_path DIR     train/ and val/ (ImageNet); paper needs it, else the drawn shapes set is taken
  --val_split NAME    the folder of --data_path to judge on, where it is not val (CIFAR-10: test)
  --retrieval_path, --copydays_path, --whitening_path, --distractors_path, --voc_path, --davis_path
                      the other data sets, where this script judges by them
  --weights_path DIR  released weights to start from (table6.sh)
EOF
  exit 0
}

read_words() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --help | -h) show_help ;;
      --dry_run) dry_run=1; shift; continue ;;
    esac
    [[ " ${options[*]} " == *" $1 "* ]] || refuse "unknown option '$1'; known: --dry_run ${options[*]}"
    [ $# -ge 2 ] || refuse "$1 needs a value"
    declare -g "${1#--}=$2"
    shift 2
  done
  case "$preset" in smoke | small | paper) ;; *) refuse "unknown preset '$preset'; known: smoke small paper" ;; esac
  [[ $ranks =~ ^([1-9][0-9]*)?$ ]] || refuse "--ranks '$ranks': expected a number from 1"
}
