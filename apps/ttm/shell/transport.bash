# shellcheck shell=bash
# How a bash talks to its helper, a process of node that carries the functions out.
#
# The shell owns four pipes, which its subshells share and what it executes does not inherit:
#
#   _TETRA_ASK   requests                           _TETRA_HEAR  answers
#   _TETRA_TURN  holds one byte, the token: whoever reads it has the turn, and puts it back when it is done
#   _TETRA_BELL  whoever has left a call behind, as by Ctrl-C, says so here
#
# Whoever has the turn and finds no helper starts one. It ends when nobody is left who could ask. The shell has
# ASK and BELL open at both ends, so that writing never kills it; of HEAR and TURN it has only the reading ends,
# so that waiting ends when the helper does. It waits without a timeout: read -t can lose what it read.
#
# A call takes as few words as possible: most are made in $(...), where each costs three times as much.

# _tetra_keep NAME: keeps standard input under a descriptor that executed programs do not inherit. bash has no
# word for that, but what it puts aside while something is redirected is such a one, and so is a copy of it.
_tetra_keep() {
  local aside=10 number
  while [[ -e /proc/self/fd/$aside ]]; do ((aside += 1)); done
  {
    [[ -p /proc/self/fd/$aside ]] || return
    # a number that nobody uses who writes numbers; any, where so many are not allowed
    for ((number = 59; number > 9; number -= 1)); do
      if [[ ! -e /proc/self/fd/$number ]] && eval "exec $number<&$aside"; then
        printf -v "$1" %s "$number"
        return 0
      fi
    done
    return 1
  } </dev/null
}

# _tetra_keep_ends NAME r|rw: the same for the reading end, or both ends, of the pipe that is standard input.
_tetra_keep_ends() {
  read -r || :
  case $2 in
    r) _tetra_keep "$1" ;;
    rw) _tetra_keep "$1" <>/proc/self/fd/0 ;;
  esac
}

# A here-string is a pipe since bash 5.1. Before, a process substitution makes one (and sets $!).
_tetra_pipe() {
  if [[ -p /proc/self/fd/0 ]] <<<''; then
    _tetra_keep_ends "$@" <<<''
  else
    _tetra_keep_ends "$@" < <(:)
  fi
}

_tetra_has_pipes() {
  # shellcheck disable=SC2153 # they are set by name
  [[ ${_TETRA_SHELL-} == "$$" && -p /proc/self/fd/$_TETRA_ASK && -p /proc/self/fd/$_TETRA_HEAR &&
    -p /proc/self/fd/$_TETRA_TURN && -p /proc/self/fd/$_TETRA_BELL ]]
}

_tetra_pipes() {
  local - REPLY
  set +aeuxCET -f
  _TETRA_SHELL='' _TETRA_HELD='' _TETRA_SERIAL=0
  _tetra_pipe _TETRA_ASK rw &&
    _tetra_pipe _TETRA_HEAR r &&
    _tetra_pipe _TETRA_TURN r &&
    _tetra_pipe _TETRA_BELL rw &&
    printf A >/proc/self/fd/"$_TETRA_TURN" &&
    _TETRA_SHELL=$$
} 2>/dev/null

# _tetra_start [PID TOKEN]: starts a helper; PID has the turn. Fails when it does not come up. Sets said.
_tetra_start() {
  said=$(
    set -- "$_TETRA_NODE" "$_TETRA_HELPER" --serve "$@"
    # a session of its own, so that Ctrl-C is not for the helper
    if type -P setsid >/dev/null; then set -- "$(type -P setsid)" "$@"; fi
    # the pipes are not inherited, so they are opened again
    "$@" </dev/null 2>&1 \
      3</proc/self/fd/"$_TETRA_ASK" 4>/proc/self/fd/"$_TETRA_HEAR" \
      5<>/proc/self/fd/"$_TETRA_TURN" 6</proc/self/fd/"$_TETRA_BELL" &
  )
  [[ $said == ready ]]
}

# Waits for the turn while there is no helper: it comes when whoever has the turn has started one, or told that
# it ended. Sets token. Fails when the pipes are gone.
_tetra_wait_for_turn() {
  local waits=0
  while
    _tetra_has_pipes || return
    # this shell has had the turn all the time
    if [[ $_TETRA_HELD == "$BASHPID "* ]]; then
      token=${_TETRA_HELD#* }
      return
    fi
    # nothing comes from there: this is to sleep without starting a process
    read -rN 1 -t 0.05 -u "$_TETRA_BELL" || :
    # nobody seems to have the turn; of several helpers all but one end by themselves
    if (((waits += 1) % 100 == 0)); then _tetra_start; fi
    ! read -rN 1 ${TMOUT:+"-t1000000"} -u "$_TETRA_TURN" token
  do :; done
}

_tetra_give_turn() {
  # in this order: who is stopped in between must not claim what it gave
  _TETRA_HELD=''
  printf %s "$token" >/proc/self/fd/"$_TETRA_TURN"
}

# Sets vars to the variables that functions look at, as NAME=VALUE.
_tetra_variables() {
  local name
  for name in "${!TETRA_@}" "${!TTM_@}" "${!RAG_@}" "${!TSM_@}" "${!TPM_@}" "${!TC_@}" "${!TES_@}" \
    HOME PATH USER PORT TZ LANG NO_COLOR; do
    [[ -z ${!name+x} ]] || vars+=("$name=${!name}")
  done
}

# Asks the helper: NAME ARGUMENT... Sets _tetra_status, _tetra_out, _tetra_err, _tetra_then.
# Fails when there was a helper and it ended before it answered.
_tetra_exchange() {
  local vars=() words token='' id header='' body='' piece left since said
  # quicker than to set them always
  [[ $- != *[aeuxCET]* ]] || {
    local -
    set +aeuxCET
  }
  case $1 in
    # the most frequent ones look only at where the transactions are
    txn_[!gr]* | init_evidence_vars) ;;
    *) _tetra_variables ;;
  esac
  words="$*${vars[*]}"
  # a trap during a call, whose turn it is; or more to say than a pipe holds, for a helper that may die; or no pipes
  if [[ -n ${_tetra_calling-} || ${#words} -gt 8192 ]] || { [[ ${_TETRA_SHELL-} != "$$" ]] && ! _tetra_pipes; }; then
    _tetra_once "$@"
    return 0
  fi
  local _tetra_calling=yes
  # Ctrl-C ended a call of this shell
  [[ $_TETRA_HELD != "$BASHPID "* ]] || printf %s "${_TETRA_HELD#* }" >&"$_TETRA_BELL"
  if ! read -rN 1 ${TMOUT:+"-t1000000"} -u "$_TETRA_TURN" token && ! _tetra_wait_for_turn; then
    _TETRA_SHELL=''
    _tetra_once "$@"
    return 0
  fi
  _TETRA_HELD="$BASHPID $token"
  # nothing to read, and yet it would not wait: nobody is there who could write
  if read -t 0 -u "$_TETRA_HEAR"; then
    since=$SECONDS
    if ! _tetra_start "$BASHPID" "$token"; then
      _tetra_give_turn
      _tetra_err="Error: $_TETRA_HELPER does not start: $said"$'\n'
      return 0
    fi
    # so late that others may have been given the turn
    if ((SECONDS - since > 3)); then
      _TETRA_HELD='' _tetra_calling=''
      _tetra_exchange "$@"
      return
    fi
  fi
  id=$BASHPID.$((_TETRA_SERIAL += 1))
  # in one command: what a trap prints in between would be taken for a request
  printf '%s\0' '' '' "$token" "$id" "${PWD-}" ${TETRA_DIR+"TETRA_DIR=$TETRA_DIR"} \
    ${TTM_DIR+"TTM_DIR=$TTM_DIR"} ${TTM_TXNS_DIR+"TTM_TXNS_DIR=$TTM_TXNS_DIR"} ${TZ+"TZ=$TZ"} "${vars[@]}" \
    '' "$#" "$@" >&"$_TETRA_ASK"
  # a trapped signal interrupts it in posix mode
  until read -rN 64 ${TMOUT:+"-t1000000"} -u "$_TETRA_HEAR" header; do
    (($? > 128)) && continue
    _tetra_give_turn
    return 1
  done
  left=$((${header:28:12}))
  # lengths are bytes
  # shellcheck disable=SC2034
  [[ ${header:40:1} != b ]] || local LC_ALL=C
  until ((left == 0)); do
    read -rN "$left" ${TMOUT:+"-t1000000"} -u "$_TETRA_HEAR" piece || (($? > 128)) || break
    body+=$piece
    ((left -= ${#piece}))
  done
  _TETRA_HELD=''
  printf %s "$token" >/proc/self/fd/"$_TETRA_TURN"
  if [[ ${header:40} == "o $id "* ]]; then
    _tetra_status=0 _tetra_out=$body
  else
    _tetra_take
  fi
}

# Takes an answer apart, if it is to what was asked.
_tetra_take() {
  if [[ ${header:42} != "$id "* ]]; then
    _tetra_err="Error: the helper answered ${header:42}, not $id"$'\n'
    return 0
  fi
  _tetra_status=$((${header:0:4}))
  _tetra_out=${body:0:${header:4:12}}
  ((${header:4:12} == ${header:28:12})) || {
    _tetra_err=${body:${header:4:12}:${header:16:12}}
    _tetra_then=${body:${header:4:12}+${header:16:12}}
  }
}

# The same in a process that is started for it.
_tetra_once() {
  local LC_ALL=C answer id=$$.0
  [[ ${#vars[@]} -gt 0 ]] || _tetra_variables
  answer=$(
    printf '%s\0' '' '' - "$id" "${PWD-}" "${vars[@]}" '' "$#" "$@" |
      "$_TETRA_NODE" "$_TETRA_HELPER" --once && printf .
  ) || {
    _tetra_err="Error: $_TETRA_HELPER: no answer"$'\n'
    return
  }
  header=${answer:0:64}
  body=${answer:64:${header:28:12}}
  _tetra_take
}

# _tetra_call NAME ARGUMENT...: carries a function out; prints, sets and returns what it answers.
_tetra_call() {
  local _tetra_status=1 _tetra_out='' _tetra_err='' _tetra_then=''
  _tetra_exchange "$@" || {
    _tetra_status=3
    _tetra_err="Error: the helper of this shell was ended during $1; nobody knows whether it took effect"$'\n'
  }
  [[ -z $_tetra_out ]] || printf %s "$_tetra_out" || _tetra_status=1
  [[ -z $_tetra_err ]] || printf %s "$_tetra_err" >&2 || :
  [[ -z $_tetra_then ]] || eval "$_tetra_then"
  return "$_tetra_status"
}

# _tetra_ask NAME ARGUMENT...: the same for a function that changes nothing, so that it may be asked again.
_tetra_ask() {
  local _tetra_status=1 _tetra_out='' _tetra_err='' _tetra_then=''
  _tetra_exchange "$@" || _tetra_exchange "$@" ||
    _tetra_err="Error: the helper of this shell was ended twice during $1"$'\n'
  [[ -z $_tetra_out ]] || printf %s "$_tetra_out" || _tetra_status=1
  [[ -z $_tetra_err ]] || printf %s "$_tetra_err" >&2 || :
  [[ -z $_tetra_then ]] || eval "$_tetra_then"
  return "$_tetra_status"
}

# for a bash that is started from this one and inherits functions
export -f _tetra_keep _tetra_keep_ends _tetra_pipe _tetra_has_pipes _tetra_pipes _tetra_start \
  _tetra_wait_for_turn _tetra_give_turn _tetra_variables _tetra_exchange _tetra_take \
  _tetra_once _tetra_call _tetra_ask

# in a shell that sourced this before they are there
_tetra_has_pipes || _tetra_pipes || :
