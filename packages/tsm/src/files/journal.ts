import { constants } from "node:os";
import { type FileSystem, writeAll } from "@tetra/durable-fs";
import type { ProcessId } from "../platform/platform.ts";
import type { Exit } from "../supervise/restart-policy.ts";
import { countFrom, isRecord, numberFrom, textFrom, type Unchecked } from "./lenient.ts";
import { readTail } from "./read-tail.ts";

/** A process that the shim noted, and when. */
export interface Noted extends ProcessId {
  /** Linux: seconds since boot. macOS: since the epoch. See `Platform.stampAtMs`. */
  readonly up: number;
}

/** Which run. The boot counts: see S2 in `begin-run.ts`. */
export interface RunId {
  readonly generation: number;
  readonly bootId: string;
}

/** A run that a starter was about to begin. */
export interface BegunRun extends RunId {
  readonly cookie: string;
  /** How many times the service was restarted until then. */
  readonly restarts: number;
  /** When, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** The run that was begun last, as the journal tells of it. */
export interface LastRun extends BegunRun {
  /** Whether somebody told it to stop who could not write that into `meta.json`. */
  readonly isToldToStop: boolean;
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
const encoder = new TextEncoder();

/** What the journal says of a run; nothing when there is no journal. */
export function readRun(fs: FileSystem, path: string, id: RunId): Run {
  return parseRun(readJournal(fs, path), id);
}

/** The run that was begun last; `undefined` when the journal says none. */
export function readLastBegun(fs: FileSystem, path: string): LastRun | undefined {
  return parseLastBegun(readJournal(fs, path));
}

/** Adds that a run is about to begin. Not flushed. */
export function noteBegun(fs: FileSystem, fd: number, run: BegunRun): void {
  const { generation, bootId: boot, cookie, restarts, atMs } = run;
  addNote(fs, fd, { event: "begun", generation, boot, cookie, restarts, ts_ms: atMs });
}

/** Adds that a run is told to stop, for who cannot write that into `meta.json`. Not flushed. */
export function noteStop(fs: FileSystem, path: string, { generation, bootId: boot }: RunId): void {
  const fd = fs.open(path, "append");
  try {
    addNote(fs, fd, { event: "stop", generation, boot });
  } finally {
    fs.close(fd);
  }
}

function addNote(fs: FileSystem, fd: number, line: Unchecked): void {
  // whoever wrote before may have been cut off in its line
  writeAll(fs, fd, encoder.encode(`\n${JSON.stringify(line)}\n`));
}

/** Folds the lines of one run. Lines that are not ours are the shell's words, or torn. */
export function parseRun(text: string, { generation, bootId }: RunId): Run {
  let run: Run = {};
  let toldOfSignal = false;
  for (const line of text.split("\n")) {
    if (!line.startsWith("{")) {
      toldOfSignal ||= run.main !== undefined && line !== "";
      continue;
    }
    if (!line.includes(`"generation":${generation}`)) continue; // parsing takes longer
    const note = parseNote(line);
    if (note === undefined || countFrom(note["generation"]) !== generation) continue;
    if (textFrom(note["boot"]) === bootId) run = withNote(run, note, toldOfSignal);
  }
  return run;
}

/** The last line that says a run was begun, and whether that was told to stop. */
export function parseLastBegun(text: string): LastRun | undefined {
  const lines = text.split("\n");
  const at = lines.findLastIndex((one) => one.startsWith('{"event":"begun"'));
  const note = parseNote(lines[at] ?? "");
  const generation = countFrom(note?.["generation"]);
  const bootId = textFrom(note?.["boot"]);
  const cookie = textFrom(note?.["cookie"]);
  if (generation === undefined || bootId === undefined || cookie === undefined) return undefined;
  return {
    generation,
    bootId,
    cookie,
    restarts: countFrom(note?.["restarts"]) ?? 0,
    atMs: numberFrom(note?.["ts_ms"]) ?? 0,
    isToldToStop: lines.includes(JSON.stringify({ event: "stop", generation, boot: bootId }), at),
  };
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

/** The end of a journal, which has the last run; `""` when there is none. */
export function readJournal(fs: FileSystem, path: string): string {
  return readTail(fs, path, TAIL_BYTES);
}
