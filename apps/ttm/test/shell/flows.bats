#!/usr/bin/env bats
# What flow_manager_ttm.sh defines, in bash and, where it is installed, in zsh.
# shellcheck disable=SC2016 # scripts are for other shells
# shellcheck disable=SC2030,SC2031 # a test runs in a subshell, and that is the point
bats_require_minimum_version 1.5.0

setup() {
  SHELL_FOLDER=${TETRA_SHELL_FOLDER:-$(cd -- "$BATS_TEST_DIRNAME/../../dist/shell" && pwd -P)}
  # folders with a blank, as people have
  HOME="$BATS_TEST_TMPDIR/a home" PROJECT="$BATS_TEST_TMPDIR/a project"
  mkdir -p "$HOME" "$PROJECT"
  export SHELL_FOLDER HOME PROJECT NO_COLOR=1
  unset TETRA_DIR TETRA_SRC RAG_SCOPE RAG_DIR TTM_DIR TTM_TXNS_DIR
  SHELLS=(bash)
  if command -v zsh >/dev/null; then SHELLS+=(zsh); fi
}

# run_in SHELL SCRIPT [ARGUMENT...]: the script has flow_manager_ttm.sh sourced, in the project
run_in() {
  local shell=$1 script=$2
  shift 2
  local start=("$shell" --norc)
  [[ $shell == bash ]] || start=("$shell" -f)
  cd "$PROJECT" || return
  run --separate-stderr timeout 60 "${start[@]}" -c "${BEFORE-}
. \"\$SHELL_FOLDER/flow_manager_ttm.sh\"
$script" "$shell" "$@"
}

# each SCRIPT: runs it in every shell and hands the result to the function `check`
each() {
  local shell
  for shell in "${SHELLS[@]}"; do
    rm -rf "${PROJECT:?}" "${HOME:?}"
    mkdir -p "$PROJECT" "$HOME"
    if declare -F prepare >/dev/null; then prepare; fi
    run_in "$shell" "$@"
    check "$shell" || {
      printf '%s: status %s\n%s\n--- stderr\n%s\n' "$shell" "$status" "$output" "${stderr-}" >&3
      return 1
    }
  done
}

@test "a whole round, under set -eu" {
  prepare() { printf 'one\ntwo\nthree\n' >"$PROJECT/a.ts"; }
  check() {
    [[ $status == 0 && -z $stderr ]] &&
      [[ ${lines[0]} == 'NEW → SELECT' && ${lines[1]} == 'SELECT → ASSEMBLE' ]] &&
      [[ ${lines[2]} == 'two three' && ${lines[3]} == 1 ]] &&
      [[ ${lines[4]} == 'iteration 2' && ${lines[5]} == *'✓ Flow completed: add-login-'* ]] &&
      [[ ${lines[6]} == 'done partial' ]]
  }
  each 'set -eu
    id=$(flow_create "add login" | tail -1)
    [ "$id" = "$(flow_active)" ]
    flow_transition SELECT | sed "s/.*: //"
    flow_evidence add a.ts::2,3#auth >/dev/null
    flow_checkpoint ASSEMBLE "{\"tokens\": 12}" | sed "s/.*: //"
    echo $(sed -n "/\`\`\`ts/,/^\`\`\`$/p" "$e1" | grep -v "\`")
    echo "$EVIDENCE_COUNT"
    for stage in SUBMIT APPLY VALIDATE FOLD SUBMIT; do flow_transition $stage >/dev/null; done
    flow_get_state | sed -n "s/.*\"iteration\": \([0-9]*\).*/iteration \1/p"
    flow_complete "$id" --outcome success --lesson "say \"hi\"" | sed -n 2p
    flow_complete --outcome partial >/dev/null
    flow_get_state "$id" | sed -n "s/.*\"outcome\": \"\([a-z]*\)\".*/done \1/p"'
}

@test "sourcing makes the folders, exports where they are, and fixes them by the working directory" {
  check() {
    [[ $status == 0 && ${lines[0]} == "$PROJECT/rag $PROJECT/rag/flows" ]] &&
      [[ ${lines[1]} == 'config flows logs' && ${lines[2]} == 'drwx------' ]] &&
      [[ ${lines[3]} == "$PROJECT/rag/flows/x-"* && ${lines[4]} == "$HOME/rag/flows" ]] &&
      [[ ${lines[5]} == 1 && ${lines[6]} == 'SUBMIT APPLY FOLD' ]]
  }
  each 'sh -c "echo \"\$TTM_DIR \$TTM_TXNS_DIR\""
    echo $(ls rag)
    ls -ld rag/flows | cut -c1-10
    cd "$HOME"
    flow_create x | sed -n "s/^Directory: //p"
    get_flows_dir
    ls -d "$PROJECT"/rag/flows/x-* | wc -l | tr -d " "
    echo "$STAGE_SUBMIT $STAGE_APPLY $STAGE_FOLD"'
}

@test "what an earlier version left is used, and an override" {
  check() { [[ $status == 0 && $output == "$PROJECT/.rag/flows $PROJECT/.rag/flows" ]]; }
  prepare() { mkdir -p "$PROJECT/.rag/flows" "$PROJECT/rag/txns"; }
  each 'echo "$TTM_TXNS_DIR $(get_flows_dir)"'
  check() { [[ $status == 0 && $output == "$PROJECT/rag/txns $PROJECT/rag/txns" ]]; }
  prepare() { mkdir -p "$PROJECT/rag/txns"; }
  each 'echo "$TTM_TXNS_DIR $(get_flows_dir)"'
  unset -f prepare
  check() { [[ $status == 0 && $output == "$PROJECT/other/flows $PROJECT/other/flows" ]]; }
  export RAG_DIR=other
  each 'echo "$TTM_TXNS_DIR $(get_flows_dir)"'
  unset RAG_DIR
  check() { [[ $status == 0 && $output == "$HOME/.tetra/rag/flows $HOME/.tetra/rag/flows" ]]; }
  BEFORE='RAG_SCOPE=global' each 'echo "$TTM_TXNS_DIR $(get_flows_dir)"'
}

@test "ttm and the txn_* functions work on flows, also after ttm.sh is sourced again" {
  check() {
    [[ $status == 0 && ${lines[2]} == '→ add-login-'*' SELECT '* && ${lines[3]} == "${lines[2]}" ]] &&
      [[ ${lines[4]} == 'Transaction transitioned: SELECT → EXECUTE' && ${lines[5]} == EXECUTE ]]
  }
  each 'flow_create "add login" >/dev/null
    flow_transition SELECT >/dev/null
    ttm list
    . "$SHELL_FOLDER/ttm.sh"
    txn_list | tail -1
    txn_transition EXECUTE
    flow_status | sed -n "s/^Stage: \([A-Z]*\).*/\1/p"'
}

@test "a plain move of the standard counts as the stage it names" {
  check() { [[ $status == 0 && $output == '"iteration": 1,' ]]; }
  each 'flow_create x >/dev/null
    flow_transition SUBMIT >/dev/null; txn_transition EXECUTE >/dev/null; flow_transition SUBMIT >/dev/null
    flow_get_state | grep -o "\"iteration\".*"'
}

@test "flow_list keeps its indices, and flow_resume takes them" {
  check() {
    [[ $status == 0 && ${lines[2]} == '→ 3. c-'*'EXECUTE'* && $output == *'Resuming flow: b-'* ]] &&
      [[ ${lines[-1]} == b-* ]]
  }
  each 'for name in a b c; do flow_create $name >/dev/null; done
    flow_transition SUBMIT >/dev/null
    flow_list EXECUTE
    flow_resume 2
    flow_active'
}

@test "promoting shows a flow to all projects" {
  check() { [[ $status == 0 && ${lines[0]} == '✓ Promoted flow to global: add-login-'* && ${lines[-1]} == *'Error: Flow already exists in global: add-login-'* ]]; }
  each 'flow_create "add login" >/dev/null
    flow_promote
    flow_list --global
    mkdir -p ../another && cd ../another && flow_list "" true | grep -q add-login || exit 9
    cd "$PROJECT" && flow_promote 2>&1 || :'
}

@test "what is missing ends a shell that is not interactive" {
  for line in flow_create 'flow_create ""' flow_transition 'flow_update_state x' flow_resume flow_checkpoint \
    'flow_add_evidence x' session_create session_add_flow generate_flow_id flow_tag; do
    check() { [[ $output == ended && $stderr == *' required'* ]]; }
    each "($line; echo after) || echo ended"
  done
}

@test "failures have a status and words, and change nothing" {
  check() {
    [[ $status == 0 && ${lines[*]} == '1 1 1 1 1 1 0 0' && $stderr == *'Error: No active flow'* ]] &&
      [[ $stderr == *'Error: No flow at index 4'* && $stderr == *'Error: Flow not found: gone'* ]]
  }
  each 'flow_transition SELECT; a=$?; flow_complete --outcome failed; b=$?; flow_resume 4; c=$?; flow_resume gone; d=$?
    flow_promote; e=$?; session_add_flow x; f=$?; flow_checkpoint SELECT; g=$?; flow_status >/dev/null; h=$?
    echo $a $b $c $d $e $f $g $h'
}

@test "evidence variables are set in the calling shell, and cleared when there is less" {
  prepare() { for name in a b c; do echo $name >"$PROJECT/$name.md"; done; }
  check() { [[ $status == 0 && ${lines[*]} == '3 3 c c_md.evidence.md 2 unset 0 unset' ]]; }
  each 'flow_create x >/dev/null
    for name in a b c; do flow_evidence add $name.md >/dev/null; done
    echo "$EVIDENCE_COUNT $e_count"; flow_evidence 3 | sed -n "/^\`\`\`/,/^\`\`\`$/p" | grep -v "\`"
    echo "${e3##*/120_}"
    flow_evidence toggle 100 off >/dev/null
    echo "$EVIDENCE_COUNT ${e3-unset}"
    flow_evidence remove "*" >/dev/null
    flow_init_evidence_vars >/dev/null
    echo "$EVIDENCE_COUNT ${e1-unset}"'
}

@test "evidence may be lines as prompts are assembled with, unless a file has just that name" {
  prepare() {
    printf 'one\ntwo\nthree\n' >"$PROJECT/a.md"
    echo whole >"$PROJECT/a.md:2"
  }
  check() { [[ $status == 0 && ${lines[*]} == 'span=lines=2:3; tags=x span=lines=3:3; tags= span=full; tags= 1' ]]; }
  each 'flow_create x >/dev/null
    for selector in a.md:2-3#x a.md:3 a.md:2; do flow_evidence add "$selector" >/dev/null; done
    for file in "$e1" "$e2" "$e3"; do grep -o "span=.*[^ >-]" "$file" | sed "s/ *-->//"; done
    flow_evidence add a.md:9-12 2>/dev/null || echo $?'
}

@test "where ttm is a function, the files can be sourced again as they were" {
  prepare() {
    mkdir "$HOME/bin"
    printf '#!/bin/sh\nexec node "%s" "$@"\n' "$SHELL_FOLDER/../ttm.cjs" >"$HOME/bin/ttm"
    chmod +x "$HOME/bin/ttm"
  }
  check() { [[ $status == 0 && -z $stderr && ${lines[*]} == "$SHELL_FOLDER same" ]]; }
  each 'set -eu; PATH=$HOME/bin:$PATH
    id=$(flow_create x | tail -1)
    ttm shell-path
    eval "$(ttm shell-init)"
    . "$(ttm shell-path)/flow_manager_ttm.sh"
    [ "$(ttm active)" = "$id" ] && echo same'
}

@test "sessions gather what is created" {
  check() { [[ $status == 0 && ${lines[0]} == "$PROJECT/rag/sessions" && ${lines[1]} == '"add-login-'* && ${lines[2]} == 'Resuming session: auth-work-'* ]]; }
  each 'get_sessions_dir
    id=$(session_create "auth work" | tail -1)
    flow_create "add login" >/dev/null
    session_state | grep -o "\"add-login-[^\"]*"
    session_create other >/dev/null
    session_resume "$id" | head -1'
}

@test "two shells at once lose nothing" {
  check() { [[ $status == 0 && ${lines[0]} == 40 && ${lines[1]} == '"iteration": 41,' ]]; }
  each 'printf "a\n" >a.md
    id=$(flow_create x | tail -1)
    for shell in 1 2; do
      ( for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
          flow_evidence add a.md "$id" >/dev/null; flow_transition FOLD "$id" >/dev/null
        done ) &
    done
    wait
    ls rag/flows/"$id"/ctx/evidence | sed "s/_.*//" | sort -u | wc -l | tr -d " "
    flow_get_state "$id" | grep -o "\"iteration\".*"'
}

@test "odd options of the shell do no harm" {
  check() { [[ $status == 0 && ${lines[-1]} == 'add-login-'* ]]; }
  BEFORE='set -eu; IFS=x; set -f; set -C; set -o pipefail' each 'flow_create "add login" | tail -1'
  check() { [[ $status == 0 && ${lines[-1]} == add-login-* ]]; }
  SHELLS=(bash)
  BEFORE='set -o posix' each 'flow_create "add login" | tail -1'
  command -v zsh >/dev/null || return 0
  SHELLS=(zsh)
  BEFORE='setopt KSH_ARRAYS SH_WORD_SPLIT NOMATCH' each 'flow_create "add login" | tail -1'
}

@test "sourced through a link, or found where TETRA_SRC is, it works" {
  check() { [[ $status == 0 && ${lines[-1]} == 'add-login-'* ]]; }
  for shell in "${SHELLS[@]}"; do
    rm -rf "$HOME/tetra"
    mkdir -p "$HOME/tetra/bash/rag/core" "$HOME/tetra/bash/ttm" "$BATS_TEST_TMPDIR/alone"
    ln -s "$SHELL_FOLDER/flow_manager_ttm.sh" "$HOME/tetra/bash/rag/core/flow_manager_ttm.sh"
    ln -sf "$SHELL_FOLDER/ttm.sh" "$HOME/tetra/bash/ttm/ttm.sh"
    cp "$SHELL_FOLDER/flow_manager_ttm.sh" "$BATS_TEST_TMPDIR/alone/"
    cd "$PROJECT" || return
    run "$shell" -c '. "$HOME/tetra/bash/rag/core/flow_manager_ttm.sh"; flow_create "add login" | tail -1'
    check
    run "$shell" -c '. "$1/alone/flow_manager_ttm.sh"; flow_create "add login" | tail -1' "$shell" "$BATS_TEST_TMPDIR"
    check
  done
}

@test "a bash that is started from one has the functions" {
  cd "$PROJECT" || return
  run timeout 60 bash -c '. "$SHELL_FOLDER/flow_manager_ttm.sh"; flow_create x >/dev/null; bash -c "flow_inspect; flow_list_all" '
  [[ $status == 0 && $output == *'Flow: x-'*'(active)'* && $output == *'Local Flows:'*'No Global flows found'* ]]
}

@test "nothing is left in the shell but what belongs there" {
  check() { [[ $status == 0 && -z ${lines[*]} ]]; }
  SHELLS=(bash)
  each 'compgen -v | grep -vE "^(_?TETRA_|_tetra_|TTM_|RAG_|STAGE_|BASH|FUNCNAME|PIPESTATUS|_$|COPROC)" | sort >after
    bash --norc -c "compgen -v" | sort >before
    comm -13 before after | grep -vE "^(OPTIND|OLDPWD|BATS.*)$" || :'
}
