#!/usr/bin/env bats
# How a bash and its helper live together.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # scripts for other shells, tests as subshells, variables of bats

load load

setup() { common_setup; }

# ------------------------------------------------------------------------------------------ who is served

@test "one helper serves the shell, its subshells, substitutions and pipelines, whoever calls first" {
  script bash '
    first=$(_tetra_call pid)
    _tetra_call pid | { read -r piped; [[ $piped == "$first" ]] && echo pipeline; }
    (_tetra_call pid) | grep -qx "$first" && echo subshell
    [[ $(_tetra_call pid) == "$first" ]] && echo substitution
    _tetra_call pid >here; [[ $(<here) == "$first" ]] && echo "the shell itself"'
  expect $'pipeline\nsubshell\nsubstitution\nthe shell itself'
}

@test "twenty background jobs at once each get their own answer" {
  script bash '
    for n in {1..20}; do
      for turn in {1..10}; do
        got=$(_tetra_call say "job $n turn $turn")
        [[ $got == "job $n turn $turn" ]] || echo "job $n turn $turn got: $got"
      done &
    done
    wait
    _tetra_call pid | wc -l'
  expect 1
}

@test "functions on both sides of a pipeline take turns" {
  script bash 'for n in {1..20}; do _tetra_call say "$n
"; done | while read -r line; do _tetra_call say "[$line]"; done'
  expect '[1][2][3][4][5][6][7][8][9][10][11][12][13][14][15][16][17][18][19][20]'
}

@test "two shells have a helper each" {
  printf '%s\n' "$PREAMBLE" '_tetra_call pid' >other
  script bash '
    mine=$(_tetra_call pid)
    other=$(bash --norc other)
    [[ -n $other && $mine != "$other" ]] && echo apart'
  expect apart
}

# ---------------------------------------------------------------------------------------- leaves no traces

@test "wait without arguments returns, and there is no job, no child and no zombie" {
  script bash '
    _tetra_call say "here
"
    wait
    jobs
    echo "children:$(</proc/$$/task/$$/children)"'
  expect $'here\nchildren:'
}

@test "what \$! says is not touched, neither by sourcing nor by calling" {
  script bash '
    sleep 20 & mine=$!
    . "$SHELL_FOLDER/ttm.sh"; _TETRA_HELPER=$TEST_HELPER
    _TETRA_SHELL= # as in a shell that inherited the functions
    _tetra_call say ""
    [[ $! == "$mine" ]] && echo same
    kill "$mine"'
  expect same
}

@test "executed programs inherit no descriptor" {
  script bash '
    _tetra_call say ""
    readlink /proc/self/fd/* | grep -c pipe: >now
    env -i bash --norc -c "readlink /proc/self/fd/* | grep -c pipe:" >before
    (exec 3>&- 4>&-; cmp now before) && echo same
    bash -c "ls /proc/self/fd" | grep -cE "^5[0-9]$"'
  expect -s 1 $'same\n0'
}

@test "no variable, function or option of ours is left, but those of the reference and those that begin with _tetra" {
  printf '%s\n' "$PREAMBLE" '
    ours="^(_tetra_|_TETRA_|txn_|ttm(_|$)|TTM_|STAGE_|TETRA_|init_evidence_vars$|generate_txn_id$)"
    here() { compgen -v; compgen -A function; shopt -o; shopt; }
    here | sort | grep -vE "$ours" >before
    _tetra_call say "" "" 1
    _tetra_call assign e1 "a b"
    here | sort | grep -vE "$ours" | diff before - | grep "[<>]"
    (trap; alias) | wc -l' >script.sourced
  script bash '
    here() { compgen -v; compgen -A function; }
    here | sort >empty
    . ./script.sourced
    grep -vxFf empty before | grep -vE "	|^(here|ours)$"'
  expect -s 1 $'> e1\n0'
}

# ----------------------------------------------------------------------------------- what comes through

@test "arguments arrive as they are: blanks, newlines, quotes, backslashes, globs, dashes, nothing (needs jq)" {
  script bash '
    _tetra_call facts "a  b" "line
line
" "\"\$x\" '"'"'y'"'"' \`z\`" "a\\b\\" "*" "-e" "" "äö€𝄞" | jq -c .args'
  expect '["a  b","line\nline\n","\"$x\" '"'y'"' `z`","a\\b\\","*","-e","","äö€𝄞"]'
}

@test "a megabyte goes there and comes back" {
  script bash '
    big=$(_tetra_call bytes 1000000)
    echo "${#big}"
    back=$(_tetra_call say "$big")
    [[ $back == "$big" ]] && echo same'
  expect $'400000\nsame'
}

@test "working folder, umask and variables are those of the calling shell, exported or not (needs jq)" {
  script bash '
    mkdir "a folder"; cd "a folder"
    umask 027
    TETRA_SRC=/src; TSM_X=1; NO_COLOR=; unset TTM_DIR; OTHER=secret
    _tetra_call facts | jq -c "[.cwd, .umask, .env.TETRA_SRC, .env.TSM_X, .env.NO_COLOR, .env.TTM_DIR, .env.OTHER]"
    (cd /; umask 77; _tetra_call facts | jq -r "[.cwd, .umask] | join(\" \")")'
  expect "[\"$BATS_TEST_TMPDIR/a folder\",\"27\",\"/src\",\"1\",\"\",null,null]"$'\n/ 77'
}

@test "output, errors and status arrive apart" {
  script bash '_tetra_call say "out
" "err
" 7 || echo "status $?"'
  expect -e err $'out\nstatus 7'
}

@test "variables are set and unset in the calling shell, whatever they hold" {
  script bash '
    gone=here
    _tetra_call assign e1 "/a b/it'"'"'s \$HOME
\`x\`" e2 "" gone
    printf "[%s]" "$e1" "$e2" "${gone-unset}"'
  expect $'[/a b/it\'s $HOME\n`x`][][unset]'
}

@test "what happened is published in order, and not to standard output" {
  mkdir -p src/bash/tui/events
  echo 'publish() { echo "$1|$2|$3"; }' >src/bash/tui/events/pubsub.sh
  PREAMBLE="TETRA_SRC=\$PWD/src; $PREAMBLE"
  script bash 'id=$(_tetra_call publish txn.created "id 1" "it'"'"'s NEW"); echo "[$id]"'
  expect -e $'txn.created|id 1|it\'s NEW\ntxn.created|id 1|it\'s NEW again' '[id 1]'
}

@test "a NUL in an answer is left out, and the next answer is right" {
  script bash '
    _tetra_call assign x $'"'"'a\001'"'"'
    _tetra_call say "fine"'
  expect fine
}

@test "a name that no function has, and a mistake of ours, are told" {
  script bash '
    _tetra_call nonsense || echo "$?"
    _tetra_call throw 2>err || echo "$?"
    grep -o "thrown on purpose" err | head -n 1'
  expect -e 'Error: nonsense: no such function' $'127\n70\nthrown on purpose'
}

# --------------------------------------------------------------------------------------- somebody dies

@test "a caller that is killed while its call is under way does not keep the turn" {
  script bash '
    _tetra_call say ""
    _tetra_call until "$PWD/go" mine "$PWD/note" & victim=$!
    until [[ -s note ]]; do :; done
    kill -9 $victim; wait $victim
    (_tetra_call say "next" >next) & 
    touch go
    wait; cat next' 
  expect -e '*Killed*' next
}

@test "a caller that is killed while its answer is unread leaves nothing to others" {
  script bash '
    _tetra_call say ""
    (read -rN 1 -u $_TETRA_TURN token
     printf "%s\0" "" "" "$token" "$BASHPID.1" / "" 2 bytes 200000 >&$_TETRA_ASK
     read -rN 10 -u $_TETRA_HEAR some
     kill -9 $BASHPID) & 
    wait
    _tetra_call say "next" && [[ $(_tetra_call pid) == $(_tetra_call pid) ]] && echo " and so on"'
  expect -e '*Killed*' 'next and so on'
}

@test "a caller that is killed between taking its turn and asking is waited for, then passed over" {
  script bash '
    _tetra_call say ""
    (read -rN 1 -u $_TETRA_TURN token; kill -9 $BASHPID) &
    wait
    _tetra_call say "next"'
  expect -e '*Killed*' next
}

@test "a caller that is killed while it writes its request leaves nothing to others" {
  script bash '
    _tetra_call say ""
    (read -rN 1 -u $_TETRA_TURN token
     printf "%s\0" "" "" "$token" "$BASHPID.1" / "" 2 say >&$_TETRA_ASK
     kill -9 $BASHPID) &
    wait
    _tetra_call say "next"'
  expect -e '*Killed*' next
}

@test "a call whose id does not come back is an error" {
  script bash '
    _tetra_call say ""
    (read -rN 1 -u $_TETRA_TURN token # the answer to this stays in the pipe
     printf "%s\0" "" "" "$token" "1.1" / "" 2 say stolen >&$_TETRA_ASK
     until read -t 0 -u $_TETRA_HEAR; do :; done
     id=2.2 body=""; read -rN 64 -u $_TETRA_HEAR header; read -rN 6 -u $_TETRA_HEAR body
     _tetra_take; echo "[$_tetra_out]$_tetra_err"; printf %s "$token" >/proc/self/fd/$_TETRA_TURN)
    _tetra_call say next'
  [[ $output == "[]Error: the helper answered 1.1"*", not 2.2"*next ]]
}

@test "a helper that was killed between two calls is replaced" {
  script bash '
    one=$(_tetra_call pid)
    kill -9 $one; ended $one
    two=$(_tetra_call pid)
    [[ -n $two && $two != "$one" ]] && echo another'
  expect another
}

@test "a call whose helper is killed says so, is not repeated, and the next call is right" {
  script bash '
    _tetra_call say ""
    _tetra_call until "$PWD/never" mine "$PWD/note" & 
    until [[ -s note ]]; do :; done
    kill -9 $(<note)
    wait $! || echo "status $?"
    wc -l <note
    _tetra_call say next
    ((SECONDS < 4)) && echo " at once"'
  expect -e 'Error: the helper of this shell was ended during until; nobody knows whether it took effect' \
    $'status 3\n1\nnext at once'
}

@test "a request that a killed helper has not read is not carried out by the next one" {
  script bash '
    one=$(_tetra_call pid)
    kill -STOP $one
    _tetra_call until "$PWD" mine "$PWD/note" &
    until grep -q . /proc/$!/wchan 2>/dev/null; do :; done; sleep 0.3
    kill -9 $one
    wait $! || echo "status $?"
    _tetra_call say next
    ls note 2>/dev/null'
  expect -s 2 -e 'Error: the helper of this shell was ended during until*' $'status 3\nnext'
}

@test "a call that changes nothing is asked again when its helper is killed" {
  script bash '
    _tetra_call say ""
    _tetra_ask until "$PWD/go" mine "$PWD/note" &
    until [[ -s note ]]; do :; done
    touch go.later; kill -9 $(<note); touch go
    wait $!; echo " $?"; wc -l <note'
  expect $'mine 0\n2'
}

@test "helper and caller killed together: whoever waits starts another" {
  script bash '
    _tetra_call say ""
    _tetra_call until "$PWD/never" mine "$PWD/note" & victim=$!
    until [[ -s note ]]; do :; done
    kill -9 $victim $(<note); wait $victim
    (_tetra_call say "one " >one) & (_tetra_call say "two" >two) &
    wait; cat one two'
  expect -e '*Killed*' 'one two'
}

@test "twenty jobs that find no helper start one" {
  script bash '
    for n in {1..20}; do _tetra_call pid >"pid.$n" & done
    wait
    cat pid.* | sort -u | wc -l'
  expect 1
}

@test "a helper too many ends by itself, and nothing is lost" {
  script bash '
    one=$(_tetra_call pid)
    for n in {1..3}; do _tetra_start & done; wait
    [[ $(_tetra_call pid) == "$one" ]] && echo "the same"
    for pipe in /proc/[0-9]*/fd/*; do
      [[ $pipe -ef /proc/$$/fd/$_TETRA_HEAR && $(<"${pipe%/fd*}/comm") == node ]] && echo "${pipe%/fd*}"
    done 2>/dev/null | sort -u | grep -vx "/proc/$one" || echo "nobody else"'
  expect $'the same\nnobody else'
}

# -------------------------------------------------------------------------------------------- the end

@test "the helper ends with the shell" {
  script bash '_tetra_call pid'
  until_gone "$output"
}

@test "the helper ends when the shell is killed" {
  script bash '_tetra_call pid; kill -9 $$'
  until_gone "$output"
}

@test "the helper ends with the shell, also when that has started a daemon" {
  script bash '
    _tetra_call pid
    setsid sleep 30 >/dev/null 2>&1 </dev/null &
    echo $!'
  until_gone "${lines[0]}"
  kill "${lines[1]}"
}

@test "the helper serves a subshell that outlives the shell, and ends with it" {
  script bash '
    _tetra_call pid
    (until [[ -e go ]]; do :; done; _tetra_call pid >late) >/dev/null 2>&1 &
    echo $!'
  [[ -d /proc/${lines[0]} ]]
  touch go
  until_gone "${lines[1]}"
  [[ $(<late) == "${lines[0]}" ]]
  until_gone "${lines[0]}"
}

@test "the helper finishes what is under way when its shell is killed" {
  script bash '
    _tetra_call say ""
    _tetra_call until "$PWD/go" mine "$PWD/note" &
    until [[ -s note ]]; do :; done
    kill -9 $! $$'
  local helper
  helper=$(<note)
  [[ -d /proc/$helper ]]
  touch go
  until_gone "$helper"
}

@test "after exec the old helper is gone, and the new shell has its own" {
  script bash '
    _tetra_call pid
    exec bash --norc -c "until [[ ! -e /proc/\$1 || \$(</proc/\$1/stat) == *\") Z\"* ]]; do :; done; _tetra_call say \"works\"" - "$(_tetra_call pid)"'
  [[ ${lines[1]} == works && $status == 0 ]]
}

@test "exec with redirections changes where it prints, and nothing else" {
  script bash '
    one=$(_tetra_call pid)
    exec >file 2>&1 </dev/null
    _tetra_call say "out" "err"
    [[ $(_tetra_call pid) == "$one" ]] && echo " same"'
  [[ $status == 0 && $(<file) == 'outerr same' ]]
}

@test "a nested bash that inherits the functions can call them" {
  script bash '
    _tetra_call say "outer "
    bash --norc -c "_tetra_call say \"inner \"; x=\$(_tetra_call say innermost); echo \$x"
    printf "%s\n" a b | xargs -P 2 -I{} bash --norc -c "_tetra_call say \"{} \" >{}"; cat a b'
  expect $'outer inner innermost\na b '
}

@test "sourced twice: the same pipes, the same helper" {
  script bash '
    one=$(_tetra_call pid)
    all="/proc/$$/fd/$_TETRA_ASK /proc/$$/fd/$_TETRA_HEAR /proc/$$/fd/$_TETRA_TURN /proc/$$/fd/$_TETRA_BELL"
    pipes=$(readlink $all)
    . "$SHELL_FOLDER/ttm.sh"; _TETRA_HELPER=$TEST_HELPER
    [[ $(_tetra_call pid) == "$one" ]] && echo helper
    [[ $(readlink $all) == "$pipes" ]] && echo pipes'
  expect $'helper\npipes'
}

# ------------------------------------------------------------------------------------ odd surroundings

@test "works under set -euo pipefail, and a failure ends such a shell" {
  PREAMBLE="set -euo pipefail; $PREAMBLE"
  script bash '
    x=$(_tetra_call say one); echo "$x"
    _tetra_call say two "" 5 || echo " status $?"
    if ! _tetra_call say three "" 1; then echo " no"; fi
    _tetra_call say four "" 6
    echo "not reached"'
  expect -s 6 $'one\ntwo status 5\nthree no\nfour'
}

odd() {
  PREAMBLE="$1; $PREAMBLE"
  script bash "$1"'
    _tetra_call say "a  *  b/c:d ä€
"
    got=$(_tetra_call bytes 5000); echo "${#got}"
    _tetra_call assign e1 "x:y *"; echo "$e1"
    (_tetra_call pid; _tetra_call pid) | uniq | wc -l'
  expect $'a  *  b/c:d ä€\n'"${2-2000}"$'\nx:y *\n1'
}

@test "works with noglob" { odd 'set -f'; }
@test "works with noclobber" { odd 'set -C'; }
@test "works with allexport" { odd 'set -a'; }
@test "works with IFS=:" { odd 'IFS=:'; }
@test "works with an empty IFS" { odd "IFS=''"; }
@test "works with IFS of digits" { odd 'IFS=0123456789'; }
@test "works with failglob, nullglob, nocasematch, extglob and lastpipe" {
  odd 'shopt -s failglob nullglob nocasematch extglob lastpipe'
}
@test "works in posix mode" { odd 'set -o posix'; }
@test "works with job control" { odd 'set -m'; }
@test "works with TMOUT and an odd IFS" { odd 'TMOUT=1; IFS=1-'; }
@test "works in the C locale" { odd 'export LC_ALL=C' 5000; }
@test "works in a UTF-8 locale" { odd 'export LC_ALL=C.UTF-8'; }
@test "works where here-strings are files, as before bash 5.1" { odd 'BASH_COMPAT=5.0'; }
@test "works with 64 descriptors" { odd 'ulimit -n 64'; }
@test "works with 40 descriptors" { odd 'ulimit -n 40'; }

@test "works with xtrace, which shows little" {
  script bash 'set -x; _tetra_call say "out"; set +x'
  [[ $status == 0 && $output == out && ${#stderr_lines[@]} -lt 30 ]]
}

@test "a call that takes longer than TMOUT is waited for" {
  script bash 'TMOUT=1; (sleep 1.5; touch go) & _tetra_call until "$PWD/go" done'
  expect 'done'
}

@test "traps run as always, and may call functions" {
  script bash '
    trap "_tetra_call say \"[exit]\"" EXIT
    trap "_tetra_call say \"[err]\"" ERR
    trap ": debug" DEBUG
    set -ET
    _tetra_call say one
    _tetra_call say two "" 1 || :
    false
    :'
  expect '[err]onetwo[err][exit]' || expect 'onetwo[err][exit]'
}

@test "a DEBUG trap that calls a function for every command does not hang" {
  script bash '
    set -T
    trap "x=\$(_tetra_call say .)" DEBUG
    _tetra_call say one
    trap - DEBUG
    echo " $x"'
  expect 'one .'
}

@test "a signal's trap may call functions during a call of the same shell" {
  script bash '
    trap "_tetra_call say \"[trap]\"; touch go" USR1
    _tetra_call say ""
    (until [[ -s note ]]; do :; done; kill -USR1 $$) &
    _tetra_call until "$PWD/go" "[call]" "$PWD/note"
    _tetra_call say "[next]"'
  expect '[trap][call][next]'
}

@test "a trap of EXIT may call functions when a signal ends a call" {
  script bash '
    trap "_tetra_call say \"[exit]\"" EXIT
    trap "exit 9" TERM
    _tetra_call say ""
    (until [[ -s note ]]; do :; done; kill -TERM $$) &
    _tetra_call until "$PWD/go" "[call]" "$PWD/note"'
  expect -s 9 '[exit]'
}

@test "works with SIGPIPE ignored, and a helper that is killed then ends nothing else" {
  script bash '
    trap "" PIPE
    one=$(_tetra_call pid)
    kill -9 $one; ended $one
    _tetra_call say next'
  expect next
}

@test "a reader that leaves early is not our trouble" {
  script bash '_tetra_call bytes 1000000 | head -c 2; echo; _tetra_call say next'
  expect $'ä\nnext'
}

@test "a closed or full standard output is an error, and the next call is right" {
  script bash '
    _tetra_call say lost >&- || echo "closed: $?"
    _tetra_call say lost >/dev/full || echo "full: $?"
    _tetra_call say next'
  expect -e '*write error*' $'closed: 1\nfull: 1\nnext'
}

@test "works with standard descriptors closed" {
  script bash '
    (exec <&- >&- 2>&-; x=$(_tetra_call say inner); printf %s "$x" >file)
    cat file'
  expect inner
}

@test "works in a folder that was removed (needs jq)" {
  script bash 'mkdir gone; cd gone; rmdir ../gone; _tetra_call say fine; _tetra_call facts | jq -r .cwd'
  expect "fine$BATS_TEST_TMPDIR/gone"
}

@test "works when node has left PATH" {
  script bash '
    _tetra_call say one
    path=$PATH; PATH=/nonexistent
    _tetra_call say two
    one=$(_tetra_call pid); kill -9 $one; PATH=$path ended $one
    _tetra_call say three'
  expect onetwothree
}

@test "a node that is not there is told, at each call" {
  script bash '_TETRA_NODE=/nonexistent/node; _tetra_call say lost || echo "$?"; _tetra_call say lost 2>/dev/null || echo "$?"'
  expect -e 'Error: *does not start:*/nonexistent/node*' $'1\n1'
}

@test "descriptors that were closed, or taken by others, are noticed" {
  script bash '
    _tetra_call say one
    for fd in $_TETRA_ASK $_TETRA_HEAR $_TETRA_TURN $_TETRA_BELL; do eval "exec $fd>&-"; done
    _tetra_call say two
    exec 10>ten 11>eleven
    _tetra_call say three
    cat ten eleven'
  expect -e '*Bad file descriptor*' onetwothree
}
