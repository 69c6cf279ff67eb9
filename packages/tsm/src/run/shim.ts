/** The variable that marks every process of a run: programs can erase it, but few do. */
export const COOKIE = "TETRA_TSM_COOKIE";

// What must stay true of the shim:
//
// H1. It notes itself before it lets go of the service's lock (3), and the command before the command
//     runs: who gets the lock finds the truth written.
// H2. Only it has the lock, the journal (4) and the pipe (7): the command gets none of them.
// H3. The command finds signals, standard streams and environment as if it had been started directly:
//     so it runs in the foreground (a shell starts background commands with SIGINT ignored), and
//     nothing is assigned that the environment could hold.
// H4. Signals to the whole group do not end it; SIGKILL and SIGSTOP do, and then the end is not known.
// H5. What the shell has to say goes into the journal. Of a command that a signal ended it says so,
//     which is how an exit status of 143 is told from SIGTERM.
// H6. It ends only when the end of the command is noted, however long the disk is full.
// H7. A prehook's errors have a descriptor of their own (5), which only the prehook gets.
// H8. From before its first line until it is gone, whatever ends it, it holds the named pipe ALIVE open, and
//     nobody else does: the kernel tells whoever reads there. It opens both ends, which waits for nobody.
//     Where that cannot be had the service runs all the same: `command` keeps a failing `exec` from ending
//     the shell.

/**
 * The shim: `sh -c SHIM tsm-shim GENERATION BOOT UMASK ALIVE COMMAND ARGUMENT…`, in a session of its own,
 * with the lock as descriptor 3 and the journal as 4. A text and not a file: it cannot be changed or removed
 * under a shell that is reading it. POSIX; shell builtins only, on Linux, but for the pipe, which is made once.
 */
export const SHIM: string = String.raw`trap : HUP INT QUIT TERM ALRM USR1 USR2
exec 6>&2 2>&4
_tsm_generation=$1
_tsm_boot=$2
umask "$3"
_tsm_alive=$4
shift 4

_tsm_stat_start() {
  shift 19
  _tsm_start=$1
}

_tsm_self() {
  if [ -r /proc/self/stat ]; then
    read -r _tsm_line </proc/self/stat
    _tsm_pid=${"${"}_tsm_line%% *}
    # shellcheck disable=SC2086 # the words are wanted; they are numbers and one letter
    _tsm_stat_start ${"${"}_tsm_line##*") "}
  else
    _tsm_pid=$(exec /bin/sh -c 'echo "$PPID"')
    # shellcheck disable=SC2005,SC2046 # the words are wanted, with one blank between
    _tsm_start=$(echo $(LC_ALL=C command -p ps -o lstart= -p "$_tsm_pid"))
  fi
}

_tsm_note() {
  if [ -r /proc/uptime ]; then
    read -r _tsm_up _tsm_line </proc/uptime
  else
    _tsm_up=$(command -p date +%s)
  fi
  printf '{"event":"%s","generation":%s,"boot":"%s",%s,"up":%s}\n' \
    "$1" "$_tsm_generation" "$_tsm_boot" "$2" "$_tsm_up" >&4
}

[ -p "$_tsm_alive" ] || command -p mkfifo -m 600 "$_tsm_alive" 3>&- 4>&-
[ -p "$_tsm_alive" ] && command exec 7<>"$_tsm_alive"
_tsm_self
_tsm_note shim "\"pid\":$_tsm_pid,\"start\":\"$_tsm_start\"" || exit 74
exec 3>&-
(
  _tsm_self
  _tsm_note started "\"pid\":$_tsm_pid,\"start\":\"$_tsm_start\"" || exit 74
  exec "$@" 2>&6 4>&- 6>&- 7>&-
)
_tsm_status=$?
until _tsm_note ended "\"status\":$_tsm_status"; do
  command -p sleep 1 7>&- || exit 74
  echo >&4
done
`;
