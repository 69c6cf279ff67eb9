# shellcheck shell=bash
# The functions of the Tetra Transaction Standard, to be sourced by bash or zsh.
#
# Each is a stub: it looks whether it has the arguments it must have, and has the helper do the rest.
# Without an id, or with an empty one, the active transaction is meant.
#
# shellcheck disable=SC2034 # stages and folders are for those who source this

if [ -n "${ZSH_VERSION-}" ]; then
  # what a bash could not parse; %x is the file that is being sourced
  eval '. "${${(%):-%x}:A:h}/transport.sh"'
elif [[ -L ${BASH_SOURCE[0]} ]]; then
  _tetra_linked=$(readlink -f -- "${BASH_SOURCE[0]}")
  # shellcheck source-path=SCRIPTDIR source=transport.sh
  . "${_tetra_linked%/*}/transport.sh"
  unset _tetra_linked
elif [[ ${BASH_SOURCE[0]} == */* ]]; then
  # shellcheck source-path=SCRIPTDIR source=transport.sh
  . "${BASH_SOURCE[0]%/*}/transport.sh"
else
  # shellcheck source-path=SCRIPTDIR source=transport.sh
  . ./transport.sh
fi

TETRA_SRC=${TETRA_SRC:-${HOME-}/tetra}
TTM_SRC=${TTM_SRC:-$TETRA_SRC/bash/ttm}
export TTM_SRC
# without TETRA_DIR nothing is known yet, and each call looks again
if [[ -n ${TTM_DIR:-${TETRA_DIR-}} ]]; then
  TTM_DIR=${TTM_DIR:-$TETRA_DIR/ttm}
  # a RAG folder keeps its transactions in flows
  [[ ${TTM_TXNS_DIR-} == "$TTM_DIR/flows" ]] || TTM_TXNS_DIR=$TTM_DIR/txns
  TTM_CONFIG_DIR=$TTM_DIR/config
  TTM_LOGS_DIR=$TTM_DIR/logs
  export TTM_DIR TTM_TXNS_DIR
fi

if [[ -z ${STAGE_NEW-} ]]; then
  typeset -gr STAGE_NEW=NEW STAGE_SELECT=SELECT STAGE_ASSEMBLE=ASSEMBLE STAGE_EXECUTE=EXECUTE \
    STAGE_VALIDATE=VALIDATE STAGE_DONE=DONE STAGE_FAIL=FAIL
fi

# ---------------------------------------------------------------------------------------------- life cycle

ttm_init() { _tetra_call ttm_init "$@"; }

# generate_txn_id <description>
generate_txn_id() {
  : "${1:?Description required}"
  _tetra_call generate_txn_id "$@"
}

# txn_create <description> [target=@local] [agent=human]
txn_create() {
  : "${1:?Description required}"
  _tetra_call txn_create "$@"
}

# txn_update <id> <json>
txn_update() {
  : "${1:?Transaction ID required}" "${2:?JSON required}"
  _tetra_call txn_update "$@"
}

# txn_transition <stage> [id]
txn_transition() {
  : "${1:?Stage required}"
  _tetra_call txn_transition "$@"
}

# txn_commit [id]
txn_commit() { _tetra_call txn_commit "$@"; }

# txn_fail [id] [message]
txn_fail() { _tetra_call txn_fail "$@"; }

# txn_execute <id> <function> [argument...]: runs a function of this shell with the evidence variables, and notes in
# the log that it began and how it ended. In a subshell, so that there is an end whatever it does.
txn_execute() {
  : "${1?Transaction ID required}" "${2:?Function required}"
  local _tetra_id='' _tetra_ended=0
  _tetra_call txn_execute "$1" "$2" || return
  case $- in
    # where `-e` is heeded, it is heeded in the function too
    *e*) set +e; (set -e; shift; "$@"); _tetra_ended=$?; set -e ;;
    *) (shift; "$@"); _tetra_ended=$? ;;
  esac
  _tetra_call _txn_executed "$_tetra_id" "$2" "$_tetra_ended" || return
  return "$_tetra_ended"
}

# txn_validate <id> <function> [argument...]: whether a function of this shell finds everything well: 0 or 1
txn_validate() {
  : "${1?Transaction ID required}" "${2:?Function required}"
  local _tetra_id='' _tetra_ended=0
  _tetra_call txn_validate "$1" "$2" || return
  case $- in
    *e*) set +e; (set -e; shift; "$@"); _tetra_ended=$?; set -e ;;
    *) (shift; "$@"); _tetra_ended=$? ;;
  esac
  [[ $_tetra_ended == 0 ]]
}

# -------------------------------------------------------------------------------------------------- context

# txn_add_ctx <file or folder> <description> [id]
txn_add_ctx() {
  : "${1:?File required}" "${2:?Description required}"
  _tetra_call txn_add_ctx "$@"
}

# txn_list_ctx [id]
txn_list_ctx() { _tetra_ask txn_list_ctx "$@"; }

# init_evidence_vars [id]: sets e1, e2 ... and e_count
init_evidence_vars() { _tetra_ask init_evidence_vars "$@"; }

# txn_ctx_digest [id]
txn_ctx_digest() { _tetra_ask txn_ctx_digest "$@"; }

# --------------------------------------------------------------------------------------------------- queries

txn_active() { _tetra_ask txn_active "$@"; }

# txn_dir [id]
txn_dir() { _tetra_ask txn_dir "$@"; }

# txn_state [id]
txn_state() { _tetra_ask txn_state "$@"; }

# txn_list [stage]
txn_list() { _tetra_ask txn_list "$@"; }

# txn_status [id]
txn_status() { _tetra_ask txn_status "$@"; }

# txn_events [id] [event]
txn_events() { _tetra_ask txn_events "$@"; }

# ------------------------------------------------------------------------------------------------- endpoints

# txn_resolve_tes [id]
txn_resolve_tes() { _tetra_call txn_resolve_tes "$@"; }

# txn_get_connector <target>
txn_get_connector() {
  : "${1:?Target required}"
  _tetra_ask txn_get_connector "$@"
}

# ---------------------------------------------------------------------------------------------------- events

# The bus is optional: callbacks within this shell, where the original keeps them.
_TETRA_BUS=''
if [[ -f $TETRA_SRC/bash/tui/events/pubsub.sh ]]; then
  # shellcheck source=/dev/null
  . "$TETRA_SRC/bash/tui/events/pubsub.sh"
  _TETRA_BUS=yes
fi

# ttm_publish <event> <id> [data]. What callbacks print does not mix with what is captured.
ttm_publish() {
  [[ -z ${_TETRA_BUS-} ]] || publish "$@" >&2 || :
}

# ttm_subscribe <event> <function>
ttm_subscribe() {
  [[ -z ${_TETRA_BUS-} ]] || subscribe "$@" || :
}

# ttm_unsubscribe <event> <function>
ttm_unsubscribe() {
  [[ -z ${_TETRA_BUS-} ]] || unsubscribe "$@" || :
}

# --------------------------------------------------------------------------------------------------- command

# ttm <command> [argument...]: the original's commands, and the two with which these files are sourced once more; the
# program is `command ttm`. What a command must have is asked for as its function does, but TETRA_DIR comes first.
ttm() {
  case ${1-} in
    shell-init | shell-path)
      command ttm "$@"
      return
      ;;
  esac
  case ${TETRA_DIR:+${1-}} in
    create) : "${2:?Description required}" ;;
    transition) : "${2:?Stage required}" ;;
    add) : "${2:?File required}" "${3:?Description required}" ;;
  esac
  _tetra_call ttm "$@"
}

if [[ -n ${BASH_VERSION-} ]]; then
  # as the original: a bash that is started from this one has them; ttm and ttm_init are not among them
  export -f generate_txn_id txn_create txn_update txn_transition txn_commit txn_fail txn_execute txn_validate \
    txn_add_ctx txn_list_ctx init_evidence_vars txn_ctx_digest txn_active txn_dir txn_state txn_list \
    txn_status txn_events txn_resolve_tes txn_get_connector ttm_publish ttm_subscribe ttm_unsubscribe
fi
