import { countFrom, numberFrom } from "../files/lenient.ts";
import type { HistoryLine } from "./read-history.ts";

// U1. Times are compared only within one service, in the order in which the lines were written: a clock
//     that was set back makes a span zero, never negative.
// U2. A run that nobody saw end has ended when the next one began at the latest, and no crash is made
//     up for it.
// U3. Down is only what should have been up: from a crash to the next run, or until somebody stopped or
//     removed it. A service that was stopped, or whose command was done, is not down.

/** How well a service has run. */
export interface Uptime {
  readonly name: string;
  /** How long it ran. */
  readonly upMs: number;
  /** How long it should have run and did not. */
  readonly downMs: number;
  /** `upMs` as a part of both, from 0 to 1. Absent: it neither ran nor should have. */
  readonly availability?: number;
  readonly runs: number;
  /** How many runs ended although nobody asked for it, and not well. */
  readonly crashes: number;
  /** How long it ran for each crash. Absent: it never crashed. */
  readonly meanTimeBetweenFailuresMs?: number;
  readonly longestRunMs: number;
  /** Since when it runs. Absent: it does not. */
  readonly upSinceMs?: number;
}

/** What a service is now: it completes a log whose last words are missing. */
export interface UptimeNow {
  readonly isRunning: boolean;
  /** When the last run ended, where that is known. */
  readonly endedAtMs?: number;
  /** Whether it ended badly. */
  readonly isCrashed: boolean;
}

/** What to tell from. */
export interface UptimeInput {
  readonly name: string;
  /** Of this service, in the order in which they were written. */
  readonly lines: readonly HistoryLine[];
  /** Absent: it is no more. */
  readonly now?: UptimeNow;
  readonly nowMs: number;
  /** What was before does not count. Default: everything counts. */
  readonly sinceMs?: number;
}

interface Run {
  readonly beganAtMs: number;
  endedAtMs?: number;
  isCrash: boolean;
  /** When it stopped being wanted after a crash. */
  givenUpAtMs?: number;
}

const BEGINNINGS: ReadonlySet<string> = new Set(["started", "restarted", "reloaded"]);
const INTENDED: ReadonlySet<string> = new Set(["stopped", "removed"]);

/** Adds up how a service has run. */
export function uptimeOf({ name, lines, now, nowMs, sinceMs = -Infinity }: UptimeInput): Uptime {
  const runs = runsOf(lines);
  const last = runs.at(-1);
  if (last !== undefined && last.endedAtMs === undefined) completeLast(last, { now, nowMs });

  let upMs = 0;
  let downMs = 0;
  let longestRunMs = 0;
  const within = (fromMs: number, toMs: number): number =>
    Math.max(0, Math.min(toMs, nowMs) - Math.max(fromMs, sinceMs)); // U1
  runs.forEach((run, at) => {
    const next = runs[at + 1];
    const endedAtMs = run.endedAtMs ?? next?.beganAtMs ?? nowMs; // U2
    const ranMs = within(run.beganAtMs, endedAtMs);
    upMs += ranMs;
    longestRunMs = Math.max(longestRunMs, ranMs);
    if (run.isCrash) downMs += within(endedAtMs, run.givenUpAtMs ?? next?.beganAtMs ?? nowMs); // U3
  });
  const counted = runs.filter((run) => (run.endedAtMs ?? nowMs) >= sinceMs);
  const crashes = counted.filter(({ isCrash }) => isCrash).length;
  const isUp = last !== undefined && last.endedAtMs === undefined;
  return {
    name,
    upMs,
    downMs,
    ...(upMs + downMs > 0 ? { availability: upMs / (upMs + downMs) } : {}),
    runs: counted.length,
    crashes,
    ...(crashes > 0 ? { meanTimeBetweenFailuresMs: upMs / crashes } : {}),
    longestRunMs,
    ...(isUp ? { upSinceMs: last.beganAtMs } : {}),
  };
}

function runsOf(lines: readonly HistoryLine[]): readonly Run[] {
  const runs: Run[] = [];
  const byKey = new Map<string, Run>();
  let life = 0; // a service that was removed counts its runs from 1 again
  for (const { atMs, event, generation, line } of lines) {
    const key = `${life} ${generation}`;
    const run = generation === undefined ? runs.at(-1) : byKey.get(key);
    if (BEGINNINGS.has(event) && (generation === undefined || run === undefined)) {
      const begun: Run = { beganAtMs: atMs, isCrash: false };
      runs.push(begun);
      byKey.set(key, begun);
    } else if (event === "ended" && run === undefined && generation !== undefined) {
      const failed = failedStart(runs.at(-1), { atMs, line });
      runs.push(failed);
      byKey.set(key, failed);
    } else if (event === "ended" && run !== undefined) {
      // whoever saw it may have seen it late
      const isStopped = run.endedAtMs !== undefined;
      run.endedAtMs ??= Math.max(run.beganAtMs, numberFrom(line["at_ms"]) ?? atMs);
      run.isCrash ||= !isStopped && endedBadly(line); // told twice is one crash
    } else if (INTENDED.has(event) && runs.length > 0) {
      endAsWanted(runs.at(-1), { atMs, line });
    }
    if (event === "removed") life += 1;
  }
  return runs;
}

/** A start that came to nothing: nothing ran, and it is down only if it was down and wanted before. */
function failedStart(
  before: Run | undefined,
  { atMs, line }: Pick<HistoryLine, "atMs" | "line">,
): Run {
  const isDown = before?.isCrash === true && before.givenUpAtMs === undefined;
  const run: Run = { beganAtMs: atMs, endedAtMs: atMs, isCrash: endedBadly(line) };
  return isDown ? run : { ...run, givenUpAtMs: atMs };
}

function endAsWanted(
  last: Run | undefined,
  { atMs, line }: Pick<HistoryLine, "atMs" | "line">,
): void {
  if (last === undefined) return;
  if (last.endedAtMs === undefined) last.endedAtMs = atMs;
  else last.givenUpAtMs ??= atMs;
  // its end was seen before the one who stopped it wrote so
  if (line["outcome"] === "ended" || line["outcome"] === "killed") last.isCrash = false;
}

/** Whoever noted the end said whether it was a crash; else everything but exit status 0 is one. */
function endedBadly(line: Readonly<Record<string, unknown>>): boolean {
  if (typeof line["state"] === "string") return line["state"] === "crashed";
  return typeof line["signal"] === "string" || (countFrom(line["code"]) ?? 1) !== 0;
}

function completeLast(
  last: Run,
  { now, nowMs }: { readonly now: UptimeNow | undefined; readonly nowMs: number },
): void {
  if (now?.isRunning === true) return;
  last.endedAtMs = now?.endedAtMs ?? Math.min(last.beganAtMs, nowMs);
  last.isCrash = now?.isCrashed === true;
}
