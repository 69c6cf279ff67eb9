#!/usr/bin/env bats
# How a zsh and its helper live together. What is the helper's doing alone is tried in bash.bats.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # scripts for other shells, tests as subshells, variables of bats

load load

setup() { common_setup; }

@test "one helper serves the shell, its subshells and substitutions, whoever calls first (needs zsh)" {
  script zsh '
    first=$(_tetra_call pid)
    [[ $(_tetra_call pid | cat) == $first ]] && echo pipeline
    (_tetra_call pid) | grep -qx $first && echo subshell
    _tetra_call pid >here; [[ $(<here) == $first ]] && echo "the shell itself"'
  expect $'pipeline\nsubshell\nthe shell itself'
}

@test "twenty background jobs at once each get their own answer (needs zsh)" {
  script zsh '
    for n in {1..20}; do
      for turn in {1..5}; do
        got=$(_tetra_call say "job $n turn $turn")
        [[ $got == "job $n turn $turn" ]] || echo "job $n turn $turn got: $got"
      done &
    done
    wait
    _tetra_call pid | wc -l'
  expect 1
}

@test "no job, no child, no descriptor in executed programs, and \$! as it was (needs zsh)" {
  script zsh '
    sleep 20 & mine=$!
    . $SHELL_FOLDER/ttm.sh; _TETRA_HELPER=$TEST_HELPER
    _tetra_call say here
    [[ $! == $mine ]] && echo " same"
    kill $mine; wait
    jobs
    echo "children:$(</proc/$$/task/$$/children)"
    ls -l /proc/self/fd | grep -c "pipe:" >with
    env -i zsh -fc "ls -l /proc/self/fd" | grep -c "pipe:" | cmp - with && echo none'
  expect $'here same\nchildren:\nnone'
}

@test "arguments, a megabyte, statuses, variables and errors come through (needs zsh) (needs jq)" {
  script zsh '
    _tetra_call facts "a  b" $'"'l\nl\n'"' "\"\$x\" \`z\`" "a\\b\\" "*" "-e" "" "äö€𝄞" | jq -c .args
    big=$(_tetra_call bytes 1000000); echo $#big
    [[ $(_tetra_call say "$big") == "$big" ]] && echo same
    _tetra_call say "out
" "err
" 7 || echo "status $?"
    gone=here
    _tetra_call assign e1 "/a b/it'"'"'s \$HOME" e2 "" gone
    echo "[$e1][$e2][${gone-unset}]"'
  expect -e err '["a  b","l\nl\n","\"$x\" `z`","a\\b\\","*","-e","","äö€𝄞"]
400000
same
out
status 7
[/a b/it'"'"'s $HOME][][unset]'
}

@test "working folder, umask and variables are those of the calling shell (needs zsh) (needs jq)" {
  script zsh '
    mkdir "a folder"; cd "a folder"; umask 027
    TETRA_SRC=/src; TSM_X=1; unset TTM_DIR
    _tetra_call facts | jq -c "[.cwd, .umask, .env.TETRA_SRC, .env.TSM_X, .env.TTM_DIR]"'
  expect "[\"$BATS_TEST_TMPDIR/a folder\",\"27\",\"/src\",\"1\",null]"
}

odd() {
  PREAMBLE="$1; $PREAMBLE"
  script zsh "$1"'
    _tetra_call say "a  *  b/c:d ä€
"
    got=$(_tetra_call bytes 5000); echo "${#got}"
    _tetra_call assign e1 "x:y *"; echo "$e1"
    (_tetra_call pid; _tetra_call pid) | uniq | wc -l'
  expect $'a  *  b/c:d ä€\n'"${2-2000}"$'\nx:y *\n1'
}

@test "works with KSH_ARRAYS, SH_WORD_SPLIT and NOMATCH (needs zsh)" { odd 'setopt ksh_arrays sh_word_split nomatch'; }
@test "works with ERR_EXIT, NO_UNSET and PIPE_FAIL (needs zsh)" { odd 'setopt err_exit no_unset pipe_fail'; }
@test "works with WARN_CREATE_GLOBAL and WARN_NESTED_VAR (needs zsh)" { odd 'setopt warn_create_global warn_nested_var'; }
@test "works with NO_CLOBBER, NO_GLOB, NULL_GLOB and RC_QUOTES (needs zsh)" { odd 'setopt no_clobber no_glob null_glob rc_quotes'; }
@test "works with IFS=: (needs zsh)" { odd 'IFS=:'; }
@test "works in the C locale (needs zsh)" { odd 'export LC_ALL=C' 5000; }
@test "works with 64 descriptors (needs zsh)" { odd 'ulimit -n 64'; }
@test "works as emulated sh and ksh (needs zsh)" {
  odd 'emulate sh'
  odd 'emulate ksh'
}

@test "a caller that is killed while its call is under way does not keep the turn (needs zsh)" {
  script zsh '
    _tetra_call say ""
    _tetra_call until $PWD/go mine $PWD/note & victim=$!
    until [[ -s note ]]; do :; done
    kill -9 $victim; wait $victim
    (_tetra_call say next >next) &
    touch go
    wait; cat next'
  expect next
}

@test "a killed helper is replaced; the call under way says so and is not repeated (needs zsh)" {
  script zsh '
    _tetra_call say ""
    _tetra_call until $PWD/never mine $PWD/note &
    until [[ -s note ]]; do :; done
    kill -9 $(<note)
    wait $! || echo "status $?"
    wc -l <note
    _tetra_call say next'
  expect -e 'Error: the helper of this shell was ended during until; nobody knows whether it took effect' \
    $'status 3\n1\nnext'
}

@test "twenty jobs that find no helper start one (needs zsh)" {
  script zsh '
    for n in {1..20}; do _tetra_call pid >pid.$n & done
    wait
    cat pid.* | sort -u | wc -l'
  expect 1
}

@test "a signal's trap may call functions during a call of the same shell (needs zsh)" {
  script zsh '
    trap "_tetra_call say \"[trap]\"; touch go" USR1
    _tetra_call say ""
    (until [[ -s note ]]; do :; done; kill -USR1 $$) &
    _tetra_call until $PWD/go "[call]" $PWD/note
    _tetra_call say "[next]"'
  expect '[trap][call][next]'
}

@test "the helper ends with the shell, also when that is killed or has started a daemon (needs zsh)" {
  script zsh '_tetra_call pid'
  until_gone "$output"
  script zsh '_tetra_call pid; kill -9 $$'
  until_gone "$output"
  script zsh '_tetra_call pid; setsid sleep 30 >/dev/null 2>&1 </dev/null & echo $!'
  until_gone "${lines[0]}"
  kill "${lines[1]}"
}

@test "sourced twice: the same helper (needs zsh)" {
  script zsh '
    one=$(_tetra_call pid)
    . $SHELL_FOLDER/ttm.sh; _TETRA_HELPER=$TEST_HELPER
    [[ $(_tetra_call pid) == $one ]] && echo same'
  expect same
}
