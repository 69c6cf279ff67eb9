#!/usr/bin/env bats
# What somebody at a terminal sees.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # scripts for other shells, tests as subshells, variables of bats

load load

setup() { common_setup; }

# typed SHELL-COMMAND LINE...: types lines into an interactive shell at a terminal. What it shows beside them and
# its prompts is in `output`, without empty lines.
typed() {
  local shell=$1 line
  shift
  printf '%s\n' "$PREAMBLE" >preamble
  printf '%s\n' "$@" exit >lines
  run timeout -k 1 30 script -qec "env PS1='> ' PS2= $shell" /dev/null <lines
  output=${output//$'\r'/}
  for line in "$@" exit; do output=${output//"$line"/}; done
  output=$(grep -v '^\(> \)*$' <<<"$output" | sed 's/^\(> \)*//')
}

@test "bash at a terminal: not a word about jobs (needs script)" {
  typed 'bash --norc --noediting -i' '. ./preamble' '_tetra_call say here; echo' \
    'x=$(_tetra_call say captured); echo "$x"' 'jobs; echo "jobs: none"'
  [[ $output == $'here\ncaptured\njobs: none' ]]
}

@test "zsh at a terminal: not a word about jobs (needs script) (needs zsh)" {
  typed 'zsh -f -i +Z' '. ./preamble' '_tetra_call say here; echo' \
    'x=$(_tetra_call say captured); echo "$x"' 'jobs; echo "jobs: none"'
  [[ $output == *here*captured*'jobs: none'* && $output != *'[1]'* && $output != *done* ]]
}

@test "bash at a terminal: Ctrl-C ends a call, the next is right, and the helper is the same (needs script)" {
  typed 'bash --norc --noediting -i' '. ./preamble' 'one=$(_tetra_call pid)' \
    '(until [[ -s note ]]; do sleep 0.02; done; kill -INT $$) & _tetra_call until "$PWD/go" "[call]" "$PWD/note"' \
    'touch go; _tetra_call say "[next]"; echo' '[[ $(_tetra_call pid) == "$one" ]] && echo "the same"'
  [[ $output == *'[next]'*'the same'* && $output != *'[call]'* ]]
}

@test "bash at a terminal: Ctrl-C does not end the helper where there is no setsid (needs script)" {
  typed 'bash --norc --noediting -i' '. ./preamble' 'PATH=/nonexistent _tetra_call say ""; one=$(_tetra_call pid)' \
    '(until [[ -s note ]]; do sleep 0.02; done; kill -INT -- -$$) & _tetra_call until "$PWD/go" "[call]" "$PWD/note"' \
    'touch go; [[ $(_tetra_call pid) == "$one" ]] && echo "the same"'
  [[ $output == *'the same'* ]]
}

@test "Ctrl-C during a call ends a script, its trap of EXIT is run, and the helper ends (needs script)" {
  printf '%s\n' "$PREAMBLE" '
    trap "_tetra_call say \"[exit]\"" EXIT
    _tetra_call say "begin
"
    (until [[ -s note ]]; do :; done; kill -INT 0) &
    _tetra_call until "$PWD/go" x "$PWD/note"
    echo "not reached"' >file
  run timeout -k 1 30 script -qec 'bash --norc file' /dev/null
  [[ $output == $'begin\r\n'*'[exit]'* && $output != *'not reached'* ]]
  touch go
  until_gone "$(<note)"
}
