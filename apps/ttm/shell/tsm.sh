# shellcheck shell=bash
# The service manager, to be sourced by bash or zsh: tsm and tpm as functions, and the functions that scripts
# around the original call.
#
# tsm, tpm and tetra_tsm_<command> run the programs. The others only look, compute or write something down; the
# helper does that, so that calling them hundreds of times costs little.

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

TSM_SRC=${TSM_SRC:-${TETRA_SRC:-${HOME-}/tetra}/bash/tsm}
export TSM_SRC
# without TETRA_DIR nothing is known yet; each call looks again at that, never at these
if [[ -n ${TETRA_DIR-} ]]; then
  TSM_DIR=$TETRA_DIR/tsm
  TSM_PROCESSES_DIR=$TSM_DIR/runtime/processes
  TSM_LOGS_DIR=$TSM_DIR/runtime/logs
  TSM_PIDS_DIR=$TSM_DIR/runtime/pids
  TSM_PORTS_DIR=$TSM_DIR/runtime/ports
  TSM_SERVICES_AVAILABLE=$TSM_DIR/services-available
  TSM_SERVICES_ENABLED=$TSM_DIR/services-enabled
  export TSM_DIR TSM_PROCESSES_DIR TSM_LOGS_DIR TSM_PIDS_DIR TSM_PORTS_DIR \
    TSM_SERVICES_AVAILABLE TSM_SERVICES_ENABLED
fi

# ------------------------------------------------------------------------------------------------- programs

# _tetra_in_path NAME: prints where PATH has the program, unless that is what runs this: a script of that name
# which sources this file would call itself for ever.
_tetra_in_path() {
  local _tetra_at=''
  if [[ -n ${ZSH_VERSION-} ]]; then
    _tetra_at=$(whence -p -- "$1") || return
  else
    _tetra_at=$(type -P -- "$1") || return
  fi
  [[ -x $_tetra_at && ! $_tetra_at -ef ${ZSH_ARGZERO-$0} ]] || return
  printf '%s\n' "$_tetra_at"
}

# _tetra_run NAME ARGUMENT...: runs tsm or tpm: as PATH has it, else the package installed beside this one, else
# the one of this checkout. What the program may need to know goes with it, exported or not.
_tetra_run() {
  local _tetra_name=$1 _tetra_at=''
  shift
  [[ -z ${TETRA_DIR+set} ]] || local -x TETRA_DIR=$TETRA_DIR
  [[ $_tetra_name != tpm || -z ${PORT+set} ]] || local -x PORT=$PORT
  if _tetra_at=$(_tetra_in_path "$_tetra_name"); then
    "$_tetra_at" "$@"
  elif [[ -f ${_TETRA_HELPER%/*}/../../tsm-cli/dist/$_tetra_name.cjs ]]; then
    "$_TETRA_NODE" "${_TETRA_HELPER%/*}/../../tsm-cli/dist/$_tetra_name.cjs" "$@"
  elif [[ -x ${_TETRA_HELPER%/*}/../../../bin/$_tetra_name ]]; then
    "${_TETRA_HELPER%/*}/../../../bin/$_tetra_name" "$@"
  else
    printf '%s\n' "$_tetra_name: the program is neither in PATH nor installed beside ttm" \
      'Hint: install it: npm install --global @tetra/tsm-cli' >&2
    return 127
  fi
}

# with "function": an alias of this name does no harm
function tsm { _tetra_run tsm "$@"; }
function tpm { _tetra_run tpm "$@"; }

# tetra_tsm_<command> for every command, scan-ports as tetra_tsm_scan_ports
for _tetra_name in start stop restart delete del kill cleanup list ls info env paths id init setup logs rotate \
  monit monitor stream dashboard analytics sessions users patterns triggers repl tview ports scan-ports ranges \
  claim doctor healthcheck patrol audit history uptime save services orgs show edit enable disable rm up down \
  diff import reload scale startup daemon systemd nginx completion help version; do
  eval "function tetra_tsm_${_tetra_name//-/_} { _tetra_run tsm $_tetra_name \"\$@\"; }"
done
unset _tetra_name

# tsm_start_any_command <command> [env file] [port] [name] [pre-hook] [dry run: true]: the command is one text
tsm_start_any_command() {
  local _tetra_command=${1-} _tetra_env=${2-} _tetra_port=${3-} _tetra_name=${4-} _tetra_hook=${5-} _tetra_dry=${6-}
  [[ -n $_tetra_command ]] || {
    printf '%s\n' 'tsm: command required' >&2
    return 64
  }
  set --
  if [[ -n $_tetra_env ]]; then
    [[ $_tetra_env == */* ]] || _tetra_env=./$_tetra_env
    set -- "$@" --env "$_tetra_env"
  fi
  [[ -z $_tetra_port ]] || set -- "$@" --port "$_tetra_port"
  [[ -z $_tetra_name ]] || set -- "$@" --name "$_tetra_name"
  [[ -z $_tetra_hook ]] || set -- "$@" --pre-hook "$_tetra_hook"
  [[ $_tetra_dry != true ]] || set -- "$@" --dry-run
  _tetra_run tsm start "$@" -- "$_tetra_command"
}

# ------------------------------------------------------------------------------------------- ids and names

# tetra_tsm_get_next_id: the lowest that nobody has, reserved
tetra_tsm_get_next_id() { _tetra_call tetra_tsm_get_next_id "$@"; }

# tetra_tsm_is_running <name>
tetra_tsm_is_running() { _tetra_ask tetra_tsm_is_running "$@"; }

# tetra_tsm_resolve_to_id <id, name or part of a name>
tetra_tsm_resolve_to_id() { _tetra_ask tetra_tsm_resolve_to_id "$@"; }

# tetra_tsm_id_to_name <id>
tetra_tsm_id_to_name() { _tetra_ask tetra_tsm_id_to_name "$@"; }

# ----------------------------------------------------------------------------------------- before a start

# tsm_detect_type <command>
tsm_detect_type() { _tetra_ask tsm_detect_type "$@"; }

# tsm_discover_port <command> [env file] [port] [port of the env file]
tsm_discover_port() { _tetra_ask tsm_discover_port "$@"; }

# tsm_generate_process_name <command> <port|none> [name] [env file] [name of the env file]
tsm_generate_process_name() { _tetra_ask tsm_generate_process_name "$@"; }

# ------------------------------------------------------------------------------------------------ metadata

# tsm_create_metadata <name> <pid> <command> <port|none> <folder> [interpreter] [type] [env file] [pre-hook]
#   [service type] [port type]: makes a process that you started a service, prints its id
tsm_create_metadata() { _tetra_call tsm_create_metadata "$@"; }

# tsm_read_metadata <name> <field>
tsm_read_metadata() { _tetra_ask tsm_read_metadata "$@"; }

# tsm_set_status <name> <online|stopped|crashed>: noted where it is so
tsm_set_status() { _tetra_call tsm_set_status "$@"; }

# tsm_process_exists <name>
tsm_process_exists() { _tetra_ask tsm_process_exists "$@"; }

# tsm_calculate_uptime <unix seconds>
tsm_calculate_uptime() { _tetra_ask tsm_calculate_uptime "$@"; }

# --------------------------------------------------------------------------------------------------- ports

# tsm_register_port <id> <name> <port|none> [pid]
tsm_register_port() { _tetra_call tsm_register_port "$@"; }

# tsm_reconcile_ports: what was said against what listens; 0 when they agree
tsm_reconcile_ports() { _tetra_call tsm_reconcile_ports "$@"; }

# tsm_get_port <name>
tsm_get_port() { _tetra_ask tsm_get_port "$@"; }

# tsm_get_process_by_port <port>
tsm_get_process_by_port() { _tetra_ask tsm_get_process_by_port "$@"; }

if [[ -n ${BASH_VERSION-} ]]; then
  # for a bash that is started from this one
  export -f _tetra_in_path _tetra_run tsm_start_any_command tetra_tsm_get_next_id tetra_tsm_is_running \
    tetra_tsm_resolve_to_id tetra_tsm_id_to_name tsm_detect_type tsm_discover_port tsm_generate_process_name \
    tsm_create_metadata tsm_read_metadata tsm_set_status tsm_process_exists tsm_calculate_uptime \
    tsm_register_port tsm_reconcile_ports tsm_get_port tsm_get_process_by_port
fi
