# shellcheck shell=bash
# RAG flows over Tetra transactions, to be sourced by bash or zsh in place of the original.
#
# Which folder of flows is meant is settled here, by the working directory of now: from here on `ttm` and the txn_*
# functions work on flows. get_rag_dir, get_flows_dir, sessions and promoting look at the working directory of then.
#
#   RAG_SCOPE  local: the project's flows; global: those of all projects, below TETRA_DIR
#   RAG_DIR    takes the place of the project's RAG folder

TETRA_DIR=${TETRA_DIR:-${HOME-}/.tetra}
export TETRA_DIR
RAG_SCOPE=${RAG_SCOPE:-local}
# shellcheck disable=SC2034 # for those who source this
RAG_SRC=${RAG_SRC:-${TETRA_SRC:-${HOME-}/tetra}/bash/rag}

# Sets TTM_DIR and TTM_TXNS_DIR: rag/flows, or what an earlier version has left where there is no such folder.
_tetra_flow_folders() {
  local _tetra_here=${PWD%/}
  TTM_DIR=$_tetra_here/rag
  if [[ $RAG_SCOPE == global ]]; then
    TTM_DIR=$TETRA_DIR/rag
  elif [[ -n ${RAG_DIR-} ]]; then
    TTM_DIR=$RAG_DIR
  elif [[ ! -d $TTM_DIR/flows && -d $_tetra_here/.rag/flows ]]; then
    TTM_DIR=$_tetra_here/.rag
  fi
  [[ $TTM_DIR == /* ]] || TTM_DIR=$_tetra_here/$TTM_DIR
  TTM_TXNS_DIR=$TTM_DIR/flows
  if [[ ! -d $TTM_TXNS_DIR && -d $TTM_DIR/txns ]]; then TTM_TXNS_DIR=$TTM_DIR/txns; fi
  export TTM_DIR TTM_TXNS_DIR
}

# _tetra_flow_base FILE: sources ttm.sh: beside this file, at the original's place, or as the program has it.
_tetra_flow_base() {
  local _tetra_base=${1%/*}/ttm.sh
  [[ -e $_tetra_base ]] || _tetra_base=${TETRA_SRC:-${HOME-}/tetra}/bash/ttm/ttm.sh
  [[ -e $_tetra_base ]] || _tetra_base=$(command ttm shell-path)/ttm.sh || return
  # shellcheck source=/dev/null # nobody knows where it is
  . "$_tetra_base"
}

_tetra_flow_folders
if [ -n "${ZSH_VERSION-}" ]; then
  # what a bash could not parse; %x is the file that is being sourced
  eval '_tetra_flow_base "${${(%):-%x}:A}"'
elif [[ -L ${BASH_SOURCE[0]} ]]; then
  _tetra_flow_base "$(readlink -f -- "${BASH_SOURCE[0]}")"
elif [[ ${BASH_SOURCE[0]} == */* ]]; then
  _tetra_flow_base "${BASH_SOURCE[0]}"
else
  _tetra_flow_base "./${BASH_SOURCE[0]}"
fi
# ttm.sh has its own folder of transactions
_tetra_flow_folders
if [[ ! -d $TTM_TXNS_DIR || ! -d $TTM_DIR/config || ! -d $TTM_DIR/logs ]]; then
  (umask 077 && command mkdir -p -- "$TTM_TXNS_DIR" "$TTM_DIR/config" "$TTM_DIR/logs") || :
fi

if [[ -z ${STAGE_SUBMIT-} ]]; then
  # shellcheck disable=SC2034 # for those who source this
  typeset -gr STAGE_SUBMIT=SUBMIT STAGE_APPLY=APPLY STAGE_FOLD=FOLD
fi

# ----------------------------------------------------------------------------------------------------- places

# get_rag_dir [local|global]
get_rag_dir() { _tetra_ask get_rag_dir "$@"; }

# get_flows_dir [local|global]
get_flows_dir() { _tetra_ask get_flows_dir "$@"; }

flow_active() { _tetra_ask flow_active "$@"; }

get_active_flow_dir() { _tetra_ask get_active_flow_dir "$@"; }

# ------------------------------------------------------------------------------------------------- life cycle

# generate_flow_id <description>
generate_flow_id() {
  : "${1:?Description required}"
  _tetra_call generate_flow_id "$@"
}

# flow_create <description> [agent=base] [project folder, unused]: prints the id as its last line
flow_create() {
  : "${1:?Description required}"
  _tetra_call flow_create "$@"
}

# flow_update_state <id> <json>
flow_update_state() {
  : "${1:?Flow ID required}" "${2:?JSON required}"
  _tetra_call flow_update_state "$@"
}

# flow_transition <stage> [id]
flow_transition() {
  : "${1:?Stage required}"
  _tetra_call flow_transition "$@"
}

# flow_checkpoint <stage> [metadata={}] [id]
flow_checkpoint() {
  : "${1:?Stage required}"
  _tetra_call flow_checkpoint "$@"
}

# flow_tag <tag> [id]
flow_tag() {
  : "${1:?Tag required}"
  _tetra_call flow_tag "$@"
}

# flow_resume <id|index>: makes it the active one, and sets its evidence variables
flow_resume() {
  : "${1:?Flow ID or index required}"
  _tetra_call flow_resume "$@"
}

# flow_complete [id] [--outcome|-o X] [--lesson|-l TEXT] [--artifact|-a PATH] [--tag|-t TAG] [--effort|-e MINUTES]
flow_complete() { _tetra_call flow_complete "$@"; }

# flow_promote [id]: copies a flow of this project to those of all projects
flow_promote() { _tetra_call flow_promote "$@"; }

# ---------------------------------------------------------------------------------------------------- queries

# flow_get_state [id]
flow_get_state() { _tetra_ask flow_get_state "$@"; }

# flow_status [id] [summary]
flow_status() { _tetra_ask flow_status "$@"; }

# flow_inspect [id]
flow_inspect() { _tetra_ask flow_inspect "$@"; }

# flow_list [stage] [global=true|false], or flow_list --global [stage]
flow_list() { _tetra_ask flow_list "$@"; }

flow_list_all() { _tetra_ask flow_list_all "$@"; }

# --------------------------------------------------------------------------------------------------- evidence

# flow_add_evidence <file> <description> [id]: a numbered context file
flow_add_evidence() {
  : "${1:?File required}" "${2:?Description required}"
  _tetra_call flow_add_evidence "$@"
}

# flow_list_evidence [id]: the context files
flow_list_evidence() { _tetra_ask flow_list_evidence "$@"; }

# flow_init_evidence_vars [id]: sets e1, e2 ... and EVIDENCE_COUNT
flow_init_evidence_vars() { _tetra_ask flow_init_evidence_vars "$@"; }

# flow_evidence <command>: evidence files
#   add <file[::start[,end]][#tag[,tag]]> [id]    link <file> [id]
#   list [id]   status [id]   <number> [id]       rebase [id]
#   toggle <rank|a-b|name> [on|off] [id]          remove <rank|a-b|name> [id]
flow_evidence() { _tetra_call flow_evidence "$@"; }

# ---------------------------------------------------------------------------------------- prompts and answers

# flow_assemble [id] [--budget TOKENS] [--encoding NAME] [--select FILE|FILE:10-40|PATTERN]...
flow_assemble() { _tetra_call flow_assemble "$@"; }

# flow_prompt [id] [digest]: what a model saw, exactly
flow_prompt() { _tetra_ask flow_prompt "$@"; }

# flow_apply [id] [answer file] [--dry-run] [--fuzz LINES]: ttm saga undo puts all back. Standard input is read by
# the program alone: command ttm flow apply ID -
flow_apply() { _tetra_call flow_apply "$@"; }

# --------------------------------------------------------------------------------------------------- sessions

get_sessions_dir() { _tetra_ask get_sessions_dir "$@"; }

session_active() { _tetra_ask session_active "$@"; }

# generate_session_id <description>
generate_session_id() {
  : "${1:?Description required}"
  _tetra_call generate_session_id "$@"
}

# session_create <description>: prints the id as its last line
session_create() {
  : "${1:?Description required}"
  _tetra_call session_create "$@"
}

# session_state [id]
session_state() { _tetra_ask session_state "$@"; }

# session_add_flow <flow> [session]
session_add_flow() {
  : "${1:?Flow ID required}"
  _tetra_call session_add_flow "$@"
}

session_list() { _tetra_ask session_list "$@"; }

# session_resume <id>
session_resume() {
  : "${1:?Session ID required}"
  _tetra_call session_resume "$@"
}

# session_status [id]
session_status() { _tetra_ask session_status "$@"; }

if [[ -n ${BASH_VERSION-} ]]; then
  # a bash that is started from this one has them
  export -f get_rag_dir get_flows_dir flow_active get_active_flow_dir generate_flow_id flow_create \
    flow_update_state flow_transition flow_checkpoint flow_tag flow_resume flow_complete flow_promote \
    flow_get_state flow_status flow_inspect flow_list flow_list_all flow_add_evidence flow_list_evidence \
    flow_init_evidence_vars flow_evidence flow_assemble flow_prompt flow_apply get_sessions_dir \
    session_active generate_session_id session_create session_state session_add_flow session_list \
    session_resume session_status
fi
