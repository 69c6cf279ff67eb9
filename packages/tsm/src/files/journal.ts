import { constants } from "node:os";
import { type FileSystem, isSystemError } from "@tetra/durable-fs";
import type { ProcessId } from "../platform/platform.ts";
import type { Exit } from "../supervise/restart-policy.ts";
import { countFrom, isRecord, numberFrom, textFrom, type Unchecked } from "./lenient.ts";

/** A process that the shim noted, and when. */
export interface Noted extends ProcessId {
  /** Linux: seconds since boot. macOS: since the epoch. See `Platform.stampAtMs`. */
  readonly up: number;
}

/** What the journal says of one run. */
export interface Run {
  readonly shim?: Noted;
  /** The command's process, noted just before it became the command. */
  readonly main?: Noted;
  /** How the command ended. */
  readonly ended?: { readonly exit: Exit; readonly up: number };
}

/** More than the lines of any one run, and what its shell had to say in between. */
const TAIL_BYTES = 16_384;
const decoder = new TextDecoder();

/** What the journal says of the run `generation`; nothing when there is no journal. */
export function readRun(fs: FileSystem, path: string, generation: number): Run {
  return parseRun(readTail(fs, path), generation);
}

/** Folds the lines of one run. Lines that are not ours are the shell's words, or torn. */
export function parseRun(text: string, generation: number): Run {
  let run: Run = {};
  let toldOfSignal = false;
  for (const line of text.split("\n")) {
    const note = parseNote(line);
    if (note === undefined) {
      toldOfSignal ||= run.main !== undefined && line !== "" && !line.startsWith("{");
    } else if (countFrom(note["generation"]) === generation) {
      run = withNote(run, note, toldOfSignal);
    }
  }
  return run;
}

function withNote(run: Run, note: Unchecked, toldOfSignal: boolean): Run {
  const up = numberFrom(note["up"]) ?? 0;
  const noted = notedIn(note, up);
  switch (note["event"]) {
    case "shim":
      return noted === undefined ? run : { ...run, shim: noted };
    case "started":
      return noted === undefined ? run : { ...run, main: noted };
    case "ended": {
      const status = countFrom(note["status"]);
      return status === undefined
        ? run
        : { ...run, ended: { exit: exitOf(status, toldOfSignal), up } };
    }
    default:
      return run;
  }
}

/** Signals of whose work shells say nothing. */
const UNTOLD: ReadonlySet<number> = new Set([constants.signals.SIGINT, constants.signals.SIGPIPE]);

/**
 * What a shell's `$?` means. 128 + n stands for "signal n" as well as for "exited with 128 + n"; which
 * one it was shows in whether the shell said something of the signal.
 */
function exitOf(status: number, toldOfSignal: boolean): Exit {
  const number = status - 128;
  const [signal] = Object.entries(constants.signals).find(([, value]) => value === number) ?? [];
  if (signal !== undefined && (toldOfSignal || UNTOLD.has(number))) return { code: null, signal };
  return { code: status, signal: null };
}

function notedIn(note: Unchecked, up: number): Noted | undefined {
  const pid = countFrom(note["pid"]);
  const start = textFrom(note["start"]);
  return pid === undefined || start === undefined ? undefined : { pid, start, up };
}

function parseNote(line: string): Unchecked | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const note: unknown = JSON.parse(line);
    return isRecord(note) ? note : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function readTail(fs: FileSystem, path: string): string {
  let fd: number;
  try {
    fd = fs.open(path, "read");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return "";
    throw error;
  }
  try {
    const { size } = fs.statOpen(fd);
    return decoder.decode(fs.read(fd, Math.max(0, size - TAIL_BYTES), TAIL_BYTES));
  } finally {
    fs.close(fd);
  }
}
