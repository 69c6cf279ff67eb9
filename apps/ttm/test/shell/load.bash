# shellcheck shell=bash
# What the tests of the shell files share. TEST_HELPER is the helper of test/shell/helper, built.
# shellcheck disable=SC2016,SC2154 # scripts for other shells, variables of bats

bats_require_minimum_version 1.5.0

common_setup() {
  : "${TEST_HELPER:?run these by vitest: test/shell.test.ts}"
  local program
  for program in $(grep -o '(needs [a-z]*)' <<<"$BATS_TEST_DESCRIPTION" | tr -d '()' | sed 's/needs //'); do
    command -v "$program" >/dev/null || skip "no $program"
  done
  SHELL_FOLDER=${TETRA_SHELL_FOLDER:-$(cd -- "$BATS_TEST_DIRNAME/../../dist/shell" && pwd -P)}
  TETRA_DIR=$BATS_TEST_TMPDIR/root
  mkdir "$TETRA_DIR"
  cd "$BATS_TEST_TMPDIR" || return
  export SHELL_FOLDER TETRA_DIR
  unset TTM_DIR TTM_TXNS_DIR TETRA_SRC _TETRA_NODE _TETRA_HELPER
  PREAMBLE='. "$SHELL_FOLDER/ttm.sh"; _TETRA_HELPER=$TEST_HELPER
    # a zombie may have threads left, which hold its files
    ended() {
      until [[ ! -e /proc/$1/stat ]] || [[ $(</proc/$1/stat) == *") Z"* && $(ls /proc/$1/task | wc -l) -le 1 ]]; do
        sleep 0.02
      done
    } 2>/dev/null'
}

# script SHELL TEXT: runs it in a shell of its own that has the functions, in at most 30 s
script() {
  local shell=$1 options=--norc
  [[ $shell == bash ]] || options=-f
  printf '%s\n' "$PREAMBLE" "$2" >script
  run --separate-stderr timeout -k 1 30 "$shell" $options script
}

# expect [-s STATUS] [-e ERRORS] OUTPUT: what the script printed, nothing on standard error if not said
expect() {
  local wanted_status=0 wanted_stderr=''
  while [[ ${1-} == -[se] ]]; do
    case $1 in
      -s) wanted_status=$2 ;;
      -e) wanted_stderr=$2 ;;
    esac
    shift 2
  done
  # shellcheck disable=SC2053 # errors may be a pattern
  if [[ $status != "$wanted_status" || $output != "${1-}" || $stderr != $wanted_stderr ]]; then
    printf -- '--- status %s\n--- output\n%s\n--- errors\n%s\n' "$status" "$output" "$stderr"
    return 1
  fi
}

# until_gone PID: waits until a process has ended
until_gone() {
  local tries tasks
  for ((tries = 0; tries < 500; tries += 1)); do
    # whoever reaps it may take its time
    [[ -e /proc/$1/stat ]] || return 0
    tasks=(/proc/"$1"/task/*)
    [[ $(</proc/"$1"/stat) != *') Z'* ]] || ((${#tasks[@]} > 1)) || return 0
    sleep 0.02
  done
  echo "$1 is still there"
  return 1
}
