/** Waits for a line on descriptor 3 and becomes the command; when that is closed without one, it ends. */
const WAIT = 'read -r TTM_GATE <&3 || exit 125; unset TTM_GATE; exec "$@" 3<&-';

/**
 * A command that does nothing before it is told to: its process is there, and can be written down, but
 * dies with whoever started it. `sh` passes on no variable whose name is none of its own.
 */
export function gated(
  command: string,
  args: readonly string[],
): { readonly command: string; readonly args: readonly string[] } {
  return { command: "/bin/sh", args: ["-c", WAIT, "sh", command, ...args] };
}
