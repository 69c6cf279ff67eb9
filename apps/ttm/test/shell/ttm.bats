#!/usr/bin/env bats
# What ttm.sh defines, with the real helper. What each function does is tried in test/transaction-functions.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # scripts for other shells, tests as subshells, variables of bats

load load

setup() {
  common_setup
  PREAMBLE='. "$SHELL_FOLDER/ttm.sh"'
}

@test "a transaction from beginning to end (needs jq)" {
  script bash '
    set -euo pipefail
    ttm_init
    id=$(txn_create "deploy api v2.1.0" @staging)
    [[ $id == deploy-api-v2-1-0-* && $(txn_active) == "$id" && $(txn_dir) == "$TTM_TXNS_DIR/$id" ]]
    echo data >app.tar.gz
    txn_add_ctx app.tar.gz artifact
    init_evidence_vars >/dev/null
    echo "$e_count $(<"$e1")"
    txn_transition "$STAGE_SELECT"
    txn_resolve_tes
    txn_state | jq -r .tes_plan
    txn_events "" stage_transition | jq -r .to
    txn_commit | head -n 1'
  expect 'Added context: 100_artifact.tar.gz
1 data
Transaction transitioned: NEW → SELECT
TES resolved: @staging → staging.local
staging.local
SELECT
Transaction transitioned: SELECT → DONE'
}

@test "the same in zsh (needs zsh)" {
  script zsh '
    setopt err_exit no_unset pipe_fail
    id=$(txn_create "deploy api v2.1.0" @staging)
    [[ $id == deploy-api-v2-1-0-* && $(txn_active) == $id && $(txn_dir) == $TTM_TXNS_DIR/$id ]]
    echo data >app.tar.gz
    txn_add_ctx app.tar.gz artifact
    init_evidence_vars >/dev/null
    echo "$e_count $(<"$e1")"
    txn_fail "" "no more"'
  expect -e 'Transaction failed: deploy-api-* - no more' 'Added context: 100_artifact.tar.gz
1 data
Transaction transitioned: NEW → FAIL'
}

@test "a missing argument is named; in a script it ends the shell with status 1" {
  local call
  for call in 'txn_create:Description' 'generate_txn_id:Description' 'txn_update:Transaction ID' \
    'txn_update x:JSON' 'txn_transition:Stage' 'txn_add_ctx:File' 'txn_add_ctx x:Description' \
    'txn_get_connector:Target' 'txn_execute:Transaction ID' 'txn_execute x:Function' \
    'txn_validate:Transaction ID' 'txn_validate x:Function'; do
    script bash "${call%:*}; echo 'not reached'"
    expect -s 1 -e "*: ${call#*:} required" ''
  done
}

@test "stages are constants, and not exported" {
  script bash '
    echo "$STAGE_NEW $STAGE_SELECT $STAGE_ASSEMBLE $STAGE_EXECUTE $STAGE_VALIDATE $STAGE_DONE $STAGE_FAIL"
    bash -c "echo ${STAGE_NEW+\${STAGE_NEW-unset}}"
    (STAGE_NEW=OLD) 2>/dev/null || echo constant'
  expect $'NEW SELECT ASSEMBLE EXECUTE VALIDATE DONE FAIL\nunset\nconstant'
}

@test "folders are exported; an inherited TTM_DIR is kept, an inherited TTM_TXNS_DIR is not" {
  script bash 'bash -c "echo \$TTM_SRC \$TTM_DIR \$TTM_TXNS_DIR"; echo "$TTM_CONFIG_DIR $TTM_LOGS_DIR"'
  expect "$HOME/tetra/bash/ttm $TETRA_DIR/ttm $TETRA_DIR/ttm/txns
$TETRA_DIR/ttm/config $TETRA_DIR/ttm/logs"

  PREAMBLE="export TTM_DIR=/elsewhere TTM_TXNS_DIR=/lost TETRA_SRC=/src; $PREAMBLE"
  script bash 'echo "$TTM_SRC $TTM_DIR $TTM_TXNS_DIR"'
  expect '/src/bash/ttm /elsewhere /elsewhere/txns'
}

@test "functions look at TTM_TXNS_DIR when they are called" {
  script bash '
    one=$(txn_create one)
    TTM_TXNS_DIR=$PWD/other/flows
    txn_active
    two=$(txn_create two); [[ $(txn_dir) == "$PWD/other/flows/$two" ]] && echo other
    TTM_TXNS_DIR=$TTM_DIR/txns; [[ $(txn_active) == "$one" ]] && echo back'
  expect $'other\nback'
}

@test "without TETRA_DIR it can be sourced, each call says what is missing, and setting it later will do" {
  PREAMBLE="unset TETRA_DIR; $PREAMBLE"
  script bash '
    set -u
    ttm_init || echo "$?"
    ttm active || echo "$?"
    TETRA_DIR=$PWD/later
    id=$(txn_create one); [[ -d later/ttm/txns/$id ]] && echo there
    ttm active'
  [[ $status == 0 && $output == $'1\n1\nthere\none-'* ]]
  [[ $stderr == $'❌ Error: TETRA_DIR environment variable not set\n❌ Error: TETRA_DIR environment variable not set' ]]
}

@test "the public functions are there in a bash that is started from this one, ttm and ttm_init are not" {
  script bash '
    id=$(txn_create one)
    bash --norc -c "[[ \$(txn_active) == $id ]] && echo function; declare -F ttm ttm_init"'
  expect -s 1 function
}

@test "publishes to the bus where there is one, and is silent elsewhere" {
  script bash '
    ttm_subscribe txn.created nobody; ttm_publish txn.created x; ttm_unsubscribe txn.created nobody; echo "$?"'
  expect 0

  mkdir -p src/bash/tui/events
  cat >src/bash/tui/events/pubsub.sh <<'END'
declare -A heard
subscribe() { heard[$1]+=" $2"; }
unsubscribe() { heard[$1]=${heard[$1]/ $2/}; }
publish() { local each; for each in ${heard[$1]-}; do "$each" "${@:2}"; done; }
END
  PREAMBLE="TETRA_SRC=\$PWD/src; $PREAMBLE"
  script bash '
    told() { echo "told: $2"; }
    ttm_subscribe txn.stage_changed told
    id=$(txn_create one)
    txn_transition SELECT >/dev/null
    ttm_unsubscribe txn.stage_changed told
    txn_transition EXECUTE >/dev/null'
  expect -e 'told: SELECT' ''
}

@test "txn_execute runs a function with the evidence, notes how it ended, and returns its status (needs jq)" {
  script bash '
    id=$(txn_create one); echo data >f; txn_add_ctx f data >/dev/null
    job() { cat "$e1"; return 4; }
    txn_execute "$id" job || echo "$?"
    txn_events "$id" step_failed | jq -r .error
    well() { [[ $e_count == 1 ]]; }; ill() { return 9; }
    txn_validate "" well; echo "$?"; txn_validate "" ill; echo "$?"'
  expect $'data\n4\nexit status 4\n0\n1'
}

@test "ttm has the original's commands; the program is beside it" {
  script bash '
    ttm | head -n 1
    id=$(ttm create one); ttm active
    ttm nonsense || echo "$?"'
  [[ $output == 'TTM: '*$'\none-'*$'\n1' && $stderr == "Unknown command: nonsense"* ]]
}

@test "linked into a tree at the original's place it finds what lies beside it" {
  mkdir -p src/bash/ttm
  ln -s "$SHELL_FOLDER/ttm.sh" src/bash/ttm/ttm.sh
  local shell
  for shell in bash zsh; do
    command -v "$shell" >/dev/null || continue
    PREAMBLE='. src/bash/ttm/ttm.sh' script "$shell" 'generate_txn_id "a b"'
    [[ $status == 0 && $output == a-b-* && $stderr == '' ]]
    (cd src/bash/ttm && PREAMBLE='. ./ttm.sh' script "$shell" 'generate_txn_id "a b"' && [[ $output == a-b-* ]])
    PREAMBLE="cd src/bash/ttm; PATH=.:\$PATH; . ttm.sh" script "$shell" 'generate_txn_id "a b"'
    [[ $status == 0 && $output == a-b-* && $stderr == '' ]]
  done
}

@test "ttm shell-init and ttm shell-path give the functions to a shell (needs jq)" {
  local program=$SHELL_FOLDER/../ttm.cjs shell
  for shell in bash zsh; do
    command -v "$shell" >/dev/null || continue
    PREAMBLE="eval \"\$(node '$program' shell-init)\"" script "$shell" 'generate_txn_id one'
    [[ $status == 0 && $output == one-* ]]
    PREAMBLE="source \"\$(node '$program' shell-path)/ttm.sh\"" script "$shell" 'generate_txn_id one'
    [[ $status == 0 && $output == one-* ]]
  done
  [[ $(node "$program" --json shell-path | jq -r .folder) == "$SHELL_FOLDER" ]]
}

@test "a store that goes away between two calls is no trouble" {
  script bash '
    txn_create one >/dev/null; rm -r "$TETRA_DIR"
    txn_active; id=$(txn_create two); [[ $(txn_active) == "$id" ]] && echo fine'
  expect fine
}
