# shellcheck shell=bash
# A command's exit code and output, for tests that source this. They set `work`, a folder of their own, and end by `failures`.
failures=0
expect() {  # name, wanted exit code, pattern, words...
  local name=$1 wanted=$2 pattern=$3 code
  shift 3
  "$@" >"$work/out" 2>&1
  code=$?
  if [ $code = "$wanted" ] && grep -qE -- "$pattern" "$work/out"; then echo "ok   $name"; else
    echo "FAIL $name: exit code $code, expected $wanted and a line that matches '$pattern':"
    cat "$work/out"
    failures=$((failures + 1))
  fi
}
