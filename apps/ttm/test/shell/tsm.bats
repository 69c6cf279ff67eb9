#!/usr/bin/env bats
# What tsm.sh defines, in bash and, where it is installed, in zsh.
# shellcheck disable=SC2016 # scripts are for other shells
# shellcheck disable=SC2030,SC2031 # a test runs in a subshell, and that is the point
bats_require_minimum_version 1.5.0

setup() {
  SHELL_FOLDER=${TETRA_SHELL_FOLDER:-$(cd -- "$BATS_TEST_DIRNAME/../../dist/shell" && pwd -P)}
  export SHELL_FOLDER
  # a folder with a blank, as people have
  ROOT="$BATS_TEST_TMPDIR/a root"
  mkdir -p "$ROOT" "$BATS_TEST_TMPDIR/bin"
  export TETRA_DIR=$ROOT TETRA_NO_DAEMON=1
  unset PORT TETRA_SRC
  # without a tsm of the machine's
  PATH=$(without_programs tsm tpm)
  export PATH
  SHELLS=(bash)
  if command -v zsh >/dev/null && [[ -e $SHELL_FOLDER/transport.zsh ]]; then SHELLS+=(zsh); fi
}

# PATH without the folders that have one of these programs
without_programs() {
  local folder program kept=()
  local -a folders
  IFS=: read -ra folders <<<"$PATH"
  for folder in "${folders[@]}"; do
    for program in "$@"; do [[ ! -e $folder/$program ]] || continue 2; done
    kept+=("$folder")
  done
  local IFS=:
  echo "${kept[*]}"
}

# run_in SHELL SCRIPT [ARGUMENT...]: the script has tsm.sh sourced
run_in() {
  local shell=$1 script=$2
  shift 2
  local start=("$shell" --norc)
  [[ $shell == bash ]] || start=("$shell" -f)
  run --separate-stderr "${start[@]}" -c ". \"\$SHELL_FOLDER/tsm.sh\"; $script" "$shell" "$@"
}

# each SCRIPT: runs it in every shell and hands the result to the function `check`
each() {
  local shell
  for shell in "${SHELLS[@]}"; do
    rm -rf "$ROOT/tsm"
    run_in "$shell" "$@"
    check "$shell" || {
      printf '%s: status %s\n%s\n--- stderr\n%s\n' "$shell" "$status" "$output" "${stderr-}" >&3
      return 1
    }
  done
}

# a program in PATH that tells what it was given
fake_program() {
  cat >"$BATS_TEST_TMPDIR/bin/$1" <<'END'
#!/bin/sh
printf '[%s]' "$@"
echo
echo "TETRA_DIR=${TETRA_DIR-unset} PORT=${PORT-unset}"
[ ! -t 1 ] || echo terminal
while IFS= read -r line; do echo "stdin: $line"; done
echo "to people" >&2
exit 7
END
  chmod +x "$BATS_TEST_TMPDIR/bin/$1"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

@test "tsm and tpm are the programs in PATH, with arguments, input, output and status intact" {
  fake_program tsm
  fake_program tpm
  check() {
    [[ $status == 7 && $stderr == 'to people' ]] &&
      [[ ${lines[0]} == '[a b][*][]' && ${lines[2]} == 'stdin: x  y' ]]
  }
  each 'printf "x  y\n" | tsm "a b" "*" ""'
  each 'printf "x  y\n" | tpm "a b" "*" ""'
  check() { [[ $status == 7 && ${lines[0]} == '[list][-l]' ]]; }
  each 'tetra_tsm_list -l </dev/null'
}

@test "a status that is not zero ends a shell with set -e, and a condition can catch it" {
  fake_program tsm
  check() { [[ $status == 7 && $output != *after* ]]; }
  each 'set -eu; tsm x </dev/null; echo after'
  check() { [[ $status == 0 && ${lines[-1]} == 'caught 7' ]]; }
  each 'set -eu; tsm x </dev/null || echo "caught $?"'
}

@test "the program has TETRA_DIR, and tpm has PORT, also when the shell has not exported them" {
  fake_program tsm
  fake_program tpm
  check() { [[ ${lines[1]} == 'TETRA_DIR=/elsewhere PORT=unset' && ${lines[-1]} == 'still not' ]]; }
  each 'unset TETRA_DIR; TETRA_DIR=/elsewhere PORT=4000; tsm x </dev/null || env | grep -q "^TETRA_DIR=" || echo still not'
  check() { [[ ${lines[1]} == "TETRA_DIR=$ROOT PORT=4000" ]]; }
  each 'PORT=4000; tpm x </dev/null || :'
  check() { [[ ${lines[1]} == "TETRA_DIR=$ROOT PORT=unset" ]]; }
  each 'PORT=4000; tsm x </dev/null || :'
  each 'set -u; tpm x </dev/null || :'
  check() { [[ ${lines[1]} == 'TETRA_DIR=unset PORT=unset' ]]; }
  each 'unset TETRA_DIR; tsm x </dev/null || :'
}

@test "in a terminal the program has the terminal (needs script)" {
  command -v script >/dev/null || skip "script is not installed"
  fake_program tsm
  run script -qec 'bash --norc -c ". \"\$SHELL_FOLDER/tsm.sh\"; tsm x </dev/null"' /dev/null
  [[ $status == 7 && $output == *terminal* ]]
}

@test "Ctrl-C ends the program, and a script can clean up after it" {
  cat >"$BATS_TEST_TMPDIR/bin/tsm" <<'END'
#!/bin/sh
trap 'echo interrupted; exit 130' INT
kill -INT 0
sleep 5
END
  chmod +x "$BATS_TEST_TMPDIR/bin/tsm"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
  for shell in "${SHELLS[@]}"; do
    # a process group of its own, as a terminal's foreground has
    run setsid "$shell" -c '. "$SHELL_FOLDER/tsm.sh"; trap "echo cleaned up" INT; tsm logs -f; echo "status $?"'
    [[ $output == *interrupted* && $output == *'cleaned up'* && $output == *'status 130'* ]]
  done
}

@test "without one in PATH, that of the package beside ttm is run" {
  local modules="$BATS_TEST_TMPDIR/node_modules/@tetra"
  mkdir -p "$modules/ttm/dist" "$modules/tsm-cli/dist"
  cp -r "$SHELL_FOLDER" "$modules/ttm/dist/shell"
  touch "$modules/ttm/dist/shell-helper.cjs"
  echo 'console.log(process.argv.slice(2).join("|")); process.exit(9)' >"$modules/tsm-cli/dist/tsm.cjs"
  SHELL_FOLDER=$modules/ttm/dist/shell
  check() { [[ $status == 9 && $output == 'list|a b' ]]; }
  each 'tsm list "a b"'
}

@test "without that, the program of the checkout is run" {
  check() { [[ $status == 0 && $output == *'No running services found.'* ]]; }
  each 'tsm list'
  check() { [[ $status == 64 && $stderr == *"unknown command 'frobnicate'"* ]]; }
  each 'tsm frobnicate'
  check() { [[ $status == 0 && $output == tpm* ]]; }
  each 'tpm help'
}

@test "without any, it says so" {
  mkdir -p "$BATS_TEST_TMPDIR/alone/dist"
  cp -r "$SHELL_FOLDER" "$BATS_TEST_TMPDIR/alone/dist/shell"
  touch "$BATS_TEST_TMPDIR/alone/dist/shell-helper.cjs"
  SHELL_FOLDER=$BATS_TEST_TMPDIR/alone/dist/shell
  check() { [[ $output == 127 && $stderr == 'tsm: the program is neither'*'npm install'* ]]; }
  each 'tsm list || echo "$?"'
}

@test "a script in PATH that is called tsm and sources this does not call itself for ever" {
  printf '#!/usr/bin/env bash\n. "$SHELL_FOLDER/tsm.sh"\ntsm "$@"\n' >"$BATS_TEST_TMPDIR/bin/tsm"
  chmod +x "$BATS_TEST_TMPDIR/bin/tsm"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
  run timeout 30 tsm list
  [[ $status == 0 && $output == *'No running services found.'* ]]
}

@test "an alias of that name does no harm" {
  run bash --norc -c 'shopt -s expand_aliases
alias tsm="tsm --json" tpm="echo no"
. "$SHELL_FOLDER/tsm.sh"
tsm list'
  [[ $status == 0 && $output == *'"services"'* ]]
}

@test "every command of tsm is a function, too" {
  check() { [[ $status == 0 && -z $output ]]; }
  each 'tsm help | sed -n "s/^  \([a-z][a-z-]*\).*/\1/p" | sort -u | while read -r name; do
    [ "$name" != tsm ] || continue # an example
    name=$(printf %s "$name" | tr - _)
    typeset -f "tetra_tsm_$name" >/dev/null || echo "no tetra_tsm_$name"
  done'
}

@test "the variables of the original are exported, and follow TETRA_DIR when it is sourced again" {
  check() {
    [[ ${lines[0]} == "$ROOT/tsm/runtime/processes" && ${lines[1]} == "$ROOT/tsm/runtime/logs" ]] &&
      [[ ${lines[2]} == "$ROOT/tsm/runtime/pids" && ${lines[3]} == "$ROOT/tsm/runtime/ports" ]] &&
      [[ ${lines[4]} == /other/tsm/runtime/ports ]]
  }
  each 'printenv TSM_PROCESSES_DIR TSM_LOGS_DIR TSM_PIDS_DIR TSM_PORTS_DIR
TETRA_DIR=/other; . "$SHELL_FOLDER/tsm.sh"; printenv TSM_PORTS_DIR'
  check() { [[ $status == 0 && -z $stderr ]]; }
  each 'unset TETRA_DIR; set -u; . "$SHELL_FOLDER/tsm.sh"'
}

# A whole life of a service that a script starts by itself, as the original's scripts do.
LIFE='
sleep 100 & pid=$!
id=$(tsm_create_metadata web-4000 "$pid" "node server.js" 4000 "$PWD" node node "")
echo "id $id"
tetra_tsm_is_running web-4000 && echo runs
echo "$(tetra_tsm_id_to_name "$id") $(tetra_tsm_resolve_to_id web) $(tsm_read_metadata web-4000 port)"
tsm_set_status web-4000 stopped 2>/dev/null || echo "refused $?"
kill "$pid"
wait "$pid" || :
tsm_process_exists web-4000 || echo gone
tsm_read_metadata web-4000 status
tsm_set_status web-4000 stopped
tsm_read_metadata web-4000 status
tsm_register_port 7 batch 4800 99
echo "$(tsm_get_port batch) $(tsm_get_process_by_port 4800)"
echo "$(tsm_detect_type "node app.js") $(tsm_discover_port "node app.js 3000") $(tsm_generate_process_name "java -jar x" 3000)"
tsm_calculate_uptime "$(($(date +%s) - 7200))"
tetra_tsm_get_next_id'

lived() {
  [[ $status == 0 && -z $stderr && $output == 'id 0
runs
web-4000 0 4000
refused 1
gone
crashed
stopped
4800 batch
node 3000 java-3000
2h
1' ]]
}

@test "a script that starts processes by itself makes them services" {
  check() { lived; }
  each "cd /; set -eu; $LIFE"
}

@test "so it does with pipefail, odd IFS, noglob and noclobber" {
  check() { lived; }
  each "cd /; set -euo pipefail; set -fC; IFS=0123; $LIFE"
}

@test "so it does in posix mode" {
  SHELLS=(bash)
  check() { lived; }
  each "cd /; set -eu -o posix; $LIFE"
}

@test "so it does with the options of zsh that make it another shell (needs zsh)" {
  [[ ${SHELLS[*]} == *zsh* ]] || skip "zsh is not installed"
  SHELLS=(zsh)
  check() { lived; }
  each "cd /; setopt KSH_ARRAYS SH_WORD_SPLIT NOMATCH; set -eu; $LIFE"
}

@test "what is wrong is told, and ends no shell" {
  check() {
    [[ $status == 0 && ${lines[*]} == '1 1 64 1' && $stderr == *'name required'* ]]
  }
  each 'set -u
tetra_tsm_resolve_to_id none; echo "$?"
tsm_read_metadata none pid; echo "$?"
tsm_create_metadata; echo "$?"
tsm_process_exists; echo "$?"'
  check() { [[ ${lines[*]} == '64' && $stderr == 'tsm: command required' ]]; }
  each 'tsm_start_any_command; echo "$?"'
}

@test "tsm_start_any_command starts a text with its port, name, env file and hook" {
  printf 'FROM_FILE=yes\n' >"$ROOT/prod"
  check() {
    [[ $status == 0 && ${lines[0]} == '✅ Started: nap-4190 ('* && ${lines[1]} == '4190 yes' ]] &&
      [[ ${lines[2]} == *"stopped 'nap-4190'"* || ${lines[3]} == *"stopped 'nap-4190'"* ]]
  }
  each 'set -eu; cd "$TETRA_DIR"
tsm_start_any_command "sleep 100" prod 4190 nap "export HOOKED=1"
echo "$(tsm_read_metadata nap-4190 port) $(tsm env nap | sed -n s/FROM_FILE=//p)"
tsm stop nap --force'
  check() { [[ $status == 0 && $output == *'Port:         4191'* ]]; }
  each 'tsm_start_any_command "node app.js" "" 4191 "" "" true'
  # a file of that name, where `tsm start --env local` would look for env/local.env
  mkdir "$ROOT/env"
  printf 'PORT=4192\n' >"$ROOT/env/local.env"
  printf 'PORT=4193\n' >"$ROOT/local"
  check() { [[ $status == 0 && $output == *'Port:         4193'* && $output == *'Command:      sleep 100'* ]]; }
  each 'cd "$TETRA_DIR"; IFS=p; tsm_start_any_command "sleep 100" local "" "" "" true'
}

@test "linked into a tree at the original's place it finds what lies beside it" {
  mkdir -p "$BATS_TEST_TMPDIR/src/bash/tsm"
  ln -s "$SHELL_FOLDER/tsm.sh" "$BATS_TEST_TMPDIR/src/bash/tsm/tsm.sh"
  SHELL_FOLDER=$BATS_TEST_TMPDIR/src/bash/tsm
  check() { [[ $status == 0 && $output == node ]]; }
  each 'tsm_detect_type "node x"'
}

@test "beside ttm.sh, in both orders, both work" {
  check() { [[ $status == 0 && $output == 'node
NEW' ]]; }
  local both='tsm_detect_type "node x"; txn_create "a change" >/dev/null; txn_state | jq -r .stage'
  each ". \"\$SHELL_FOLDER/ttm.sh\"; $both"
  run bash --norc -c ". \"\$SHELL_FOLDER/ttm.sh\"; . \"\$SHELL_FOLDER/tsm.sh\"; $both"
  check
}

@test "nothing is left in the shell but what the reference names and what begins with _tetra" {
  run bash --norc -c 'before=$(compgen -v; compgen -A function); . "$SHELL_FOLDER/tsm.sh"
tsm_detect_type "node x" >/dev/null; tsm help >/dev/null
comm -13 <(sort <<<"$before") <({ compgen -v; compgen -A function; } | sort) |
  grep -vE "^(_tetra_|_TETRA_|tsm|tpm|tetra_tsm_|TSM_|before|BASH_|_$|PIPESTATUS|FUNCNAME)" || :'
  [[ $status == 0 && -z $output ]]
}
