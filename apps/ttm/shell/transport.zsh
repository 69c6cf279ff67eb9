# How a zsh talks to its helper. The words are zsh's, the rest is as transport.bash tells it.

_tetra_has_pipes() {
  [[ ${_TETRA_SHELL-} == $$ && -p /proc/self/fd/$_TETRA_ASK && -p /proc/self/fd/$_TETRA_HEAR &&
    -p /proc/self/fd/$_TETRA_TURN && -p /proc/self/fd/$_TETRA_BELL ]]
}

_tetra_pipes() {
  emulate -LR zsh
  typeset -g _TETRA_SHELL='' _TETRA_HELD='' _TETRA_ASK _TETRA_HEAR _TETRA_TURN _TETRA_BELL
  typeset -gi _TETRA_SERIAL=0
  zmodload zsh/system zsh/zselect || return
  { sysopen -rw -o cloexec -u _TETRA_ASK /proc/self/fd/0 } < <(:) || return
  { sysopen -r -o cloexec -u _TETRA_HEAR /proc/self/fd/0 } < <(:) || return
  { sysopen -r -o cloexec -u _TETRA_TURN /proc/self/fd/0 } < <(:) || return
  { sysopen -rw -o cloexec -u _TETRA_BELL /proc/self/fd/0 } < <(:) || return
  syswrite A >|/proc/self/fd/$_TETRA_TURN && _TETRA_SHELL=$$
} 2>/dev/null

# _tetra_start [PID TOKEN]: starts a helper; PID has the turn. Fails when it does not come up. Sets said.
_tetra_start() {
  local -a detach=($(whence -p setsid))
  said=$(
    $detach "$_TETRA_NODE" "$_TETRA_HELPER" --serve "$@" </dev/null 2>&1 \
      3</proc/self/fd/$_TETRA_ASK 4>|/proc/self/fd/$_TETRA_HEAR \
      5<>/proc/self/fd/$_TETRA_TURN 6</proc/self/fd/$_TETRA_BELL &
  )
  [[ $said == ready ]]
}

# Whether there is something to read, or nobody who could write it.
_tetra_is_readable() {
  local -a reply
  zselect -t 0 -r $1
}

# Waits for the turn while there is no helper. Sets token. Fails when the pipes are gone.
_tetra_wait_for_turn() {
  local waits=0
  while
    _tetra_has_pipes || return
    # this shell has had the turn all the time
    if [[ $_TETRA_HELD == "$sysparams[pid] "* ]]; then
      token=${_TETRA_HELD#* }
      return
    fi
    zselect -t 5
    # nobody seems to have the turn; of several helpers all but one end by themselves
    if (( (waits += 1) % 100 == 0 )); then _tetra_start; fi
    ! sysread -s 1 -i $_TETRA_TURN token
  do :; done
}

_tetra_give_turn() {
  # in this order: who is stopped in between must not claim what it gave
  _TETRA_HELD=''
  syswrite "$token" >|/proc/self/fd/$_TETRA_TURN
}

# _tetra_read COUNT: reads so many bytes of the answer. Sets REPLY. Fails at the end.
_tetra_read() {
  local piece
  REPLY=''
  while (( $#REPLY < $1 )); do
    sysread -s $(( $1 - $#REPLY )) -i $_TETRA_HEAR piece || return
    REPLY+=$piece
  done
}

# Sets request to what is written for NAME ARGUMENT...
_tetra_request() {
  local name
  local -a words=("$token" "$id" "${PWD-}" ${TETRA_DIR+"TETRA_DIR=$TETRA_DIR"} ${TTM_DIR+"TTM_DIR=$TTM_DIR"}
    ${TTM_TXNS_DIR+"TTM_TXNS_DIR=$TTM_TXNS_DIR"} ${TZ+"TZ=$TZ"})
  case $1 in
    # the most frequent ones look only at where the transactions are
    txn_[^gr]* | init_evidence_vars) ;;
    *)
      for name in ${(k)parameters[(I)(TETRA|TTM|RAG|TSM|TPM|TC|TES)_*]} HOME PATH USER PORT LANG NO_COLOR; do
        [[ -z ${(P)name+x} ]] || words+=("$name=${(P)name}")
      done
      ;;
  esac
  words+=('' $# "$@")
  request=$'\0\0'${(pj:\0:)words}$'\0'
}

# Asks the helper: NAME ARGUMENT... Sets _tetra_status, _tetra_out, _tetra_err, _tetra_then.
# Fails when there was a helper and it ended before it answered.
_tetra_exchange() {
  emulate -LR zsh
  setopt no_multibyte
  local token='' id request header body REPLY
  local words="$*"
  # a trap during a call, whose turn it is; or more to say than a pipe holds, for a helper that may die; or no pipes
  if [[ -n ${_tetra_calling-} ]] || (( $#words > 32768 )) || { ! _tetra_has_pipes && ! _tetra_pipes; }; then
    _tetra_once "$@"
    return 0
  fi
  id=$sysparams[pid].$(( _TETRA_SERIAL += 1 ))
  local _tetra_calling=yes
  # Ctrl-C ended a call of this shell
  [[ $_TETRA_HELD != "$sysparams[pid] "* ]] || syswrite -o $_TETRA_BELL "${_TETRA_HELD#* }"
  if ! sysread -s 1 -i $_TETRA_TURN token && ! _tetra_wait_for_turn; then
    _TETRA_SHELL=''
    _tetra_once "$@"
    return 0
  fi
  _TETRA_HELD="$sysparams[pid] $token"
  # nothing to read, and yet it would not wait: nobody is there who could write
  if _tetra_is_readable $_TETRA_HEAR; then
    local said since=$SECONDS
    if ! _tetra_start $sysparams[pid] $token; then
      _tetra_give_turn
      _tetra_err="Error: $_TETRA_HELPER does not start: $said"$'\n'
      return 0
    fi
    # so late that others may have been given the turn
    if (( SECONDS - since > 3 )); then
      _TETRA_HELD='' _tetra_calling=''
      _tetra_exchange "$@"
      return
    fi
  fi
  _tetra_request "$@"
  syswrite -o $_TETRA_ASK "$request"
  if ! _tetra_read 64; then
    _tetra_give_turn
    return 1
  fi
  header=$REPLY
  _tetra_read $(( ${header[29,40]} )) || return
  body=$REPLY
  _tetra_give_turn
  _tetra_take
}

# Takes an answer apart, if it is to what was asked.
_tetra_take() {
  if [[ ${header[43,-1]} != "$id "* ]]; then
    _tetra_err="Error: the helper answered ${header[43,-1]}, not $id"$'\n'
    return 0
  fi
  local -i out=${header[5,16]} err=${header[17,28]}
  _tetra_status=$(( ${header[1,4]} ))
  _tetra_out=${body[1,out]}
  _tetra_err=${body[out+1,out+err]}
  _tetra_then=${body[out+err+1,-1]}
}

# The same in a process that is started for it.
_tetra_once() {
  local answer
  id=$$.0 token=-
  _tetra_request "$@"
  answer=$(print -rn -- "$request" | "$_TETRA_NODE" "$_TETRA_HELPER" --once && print -n .) || {
    _tetra_err="Error: $_TETRA_HELPER: no answer"$'\n'
    return
  }
  header=${answer[1,64]}
  body=${answer[65,64+${header[29,40]}]}
  _tetra_take
}

# _tetra_call NAME ARGUMENT...: carries a function out; prints, sets and returns what it answers.
_tetra_call() {
  local _tetra_status=1 _tetra_out='' _tetra_err='' _tetra_then=''
  _tetra_exchange "$@" || {
    _tetra_status=3
    _tetra_err="Error: the helper of this shell was ended during $1; nobody knows whether it took effect"$'\n'
  }
  _tetra_tell
  return $_tetra_status
}

# _tetra_ask NAME ARGUMENT...: the same for a function that changes nothing, so that it may be asked again.
_tetra_ask() {
  local _tetra_status=1 _tetra_out='' _tetra_err='' _tetra_then=''
  _tetra_exchange "$@" || _tetra_exchange "$@" ||
    _tetra_err="Error: the helper of this shell was ended twice during $1"$'\n'
  _tetra_tell
  return $_tetra_status
}

_tetra_tell() {
  setopt localoptions no_warn_create_global
  [[ -z $_tetra_out ]] || print -rn -- "$_tetra_out" || _tetra_status=1
  [[ -z $_tetra_err ]] || print -rn -- "$_tetra_err" >&2 || :
  [[ -z $_tetra_then ]] || eval "$_tetra_then"
}

_tetra_has_pipes || _tetra_pipes || :
