import { constants } from "node:os";
import type { StopSignal } from "@tetra/cli-kit";

/** How a command ended. */
export type Ending =
  | { readonly type: "exited"; readonly code: number }
  | { readonly type: "killed"; readonly signal: NodeJS.Signals }
  /** It never ran; `reason` is the system's word for why. */
  | { readonly type: "not-started"; readonly reason: string };

/** How a command ended, and the signal that told this program to stop it, if one did. */
export interface Outcome {
  readonly ending: Ending;
  readonly stoppedBy?: StopSignal;
  /** The time it was given and went beyond: it was stopped. */
  readonly lateMs?: number;
  readonly durationMs: number;
}

const NOT_FOUND = 127;
const CANNOT_START = 126;
const SIGNALLED = 128;
// as timeout(1) has it
const TOO_LATE = 124;

/** Whether a command did what it was asked to. */
export function isSuccess({ ending, stoppedBy, lateMs }: Outcome): boolean {
  const isWhole = stoppedBy === undefined && lateMs === undefined;
  return ending.type === "exited" && ending.code === 0 && isWhole;
}

/** A command's exit status as shells have it: 128 + the signal, 127 not found, 126 not startable; 124 too late. */
export function statusOf({ ending, stoppedBy, lateMs }: Outcome): number {
  if (lateMs !== undefined && stoppedBy === undefined) return TOO_LATE;
  switch (ending.type) {
    case "not-started":
      return ending.reason === "ENOENT" ? NOT_FOUND : CANNOT_START;
    case "killed":
      return SIGNALLED + constants.signals[ending.signal];
    case "exited":
      // it may handle the signal and call that a success, but its work was cut off
      if (ending.code === 0 && stoppedBy !== undefined) {
        return SIGNALLED + constants.signals[stoppedBy];
      }
      return ending.code;
  }
}

/** Why it was no success, for `last_error`. `what` is "command" or "validation". */
export function reasonOf(what: string, { ending, stoppedBy, lateMs }: Outcome): string {
  if (stoppedBy !== undefined) return `${what} stopped by ${STOPPED[stoppedBy]}`;
  if (lateMs !== undefined)
    return `${what} stopped after ${lateMs / 1000} s, the time it was given`;
  switch (ending.type) {
    case "not-started":
      return ending.reason === "ENOENT"
        ? `${what} not found`
        : `${what} cannot be started (${ending.reason})`;
    case "killed":
      return `${what} killed by ${ending.signal}`;
    case "exited":
      return `${what} exited with status ${ending.code}`;
  }
}

const STOPPED: Readonly<Record<StopSignal, string>> = {
  SIGINT: "SIGINT (Ctrl-C)",
  SIGTERM: "SIGTERM",
  SIGHUP: "SIGHUP (the terminal went away)",
};
