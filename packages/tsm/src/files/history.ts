import { makeFolders, writeAll } from "@tetra/durable-fs";
import { dirname } from "node:path/posix";
import { isDiskFull } from "./disk-full.ts";
import { readTail } from "./read-tail.ts";
import type { Store } from "./store.ts";

/** What can have happened to a service, or to the daemon. */
export type HistoryEvent =
  | "started"
  | "ended"
  | "stopped"
  | "restarted"
  | "reloaded"
  | "removed"
  | "adopted"
  | "given_up"
  | "backoff"
  | "healthy"
  | "unhealthy"
  | "memory_limit"
  | "cron_restart"
  | "watch_restart"
  | "not_ready"
  | "leftovers_ended"
  | "low_disk"
  | "watch_failed"
  | "daemon_started"
  | "daemon_stopped"
  | "saved"
  | "enabled"
  | "disabled";

/** A line of `history.ndjson`, without when it was and who wrote it. */
export interface HistoryEntry {
  readonly event: HistoryEvent;
  /** The service. */
  readonly name?: string | undefined;
  readonly id?: number | undefined;
  readonly generation?: number | undefined;
  readonly pid?: number | undefined;
  /** Who asked for it, instead of the writer's own user. */
  readonly by?: string | undefined;
  /** Whatever else belongs to it: `code`, `signal`, `reason`, `at_ms` … */
  readonly [detail: string]: unknown;
}

/** What writing history takes. */
export interface Historian extends Pick<Store, "fs" | "clock" | "layout"> {
  /** Who does what is written, for people: the user's name. */
  readonly by: string;
  /** Through what it is done: `tsm`, `tetrad` … */
  readonly via: string;
}

const NEWLINE = 10;

/**
 * Adds a line to the history: who did what when. Not flushed: a power cut may take the last lines, and
 * nothing is decided by them. A torn last line is ended first. A full disk keeps nobody from acting.
 * @returns whether there was room for it
 */
export function appendHistory(
  { fs, clock, layout, by, via }: Historian,
  { event, name, id, generation, pid, by: asked = by, ...details }: HistoryEntry,
): boolean {
  const nowMs = clock.now();
  const ts = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  const line = { ts, ts_ms: Math.floor(nowMs), event, name, id, generation, pid, by: asked, via };
  try {
    makeFolders(fs, dirname(layout.history), { durable: false });
    const fd = fs.open(layout.history, "append");
    try {
      const { size } = fs.statOpen(fd);
      const isTorn = size > 0 && fs.read(fd, size - 1, 1)[0] !== NEWLINE;
      const text = `${isTorn ? "\n" : ""}${JSON.stringify({ ...line, ...details })}\n`;
      writeAll(fs, fd, new TextEncoder().encode(text));
    } finally {
      fs.close(fd);
    }
    return true;
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    return false;
  }
}

/** Far more than is written between the death of who told an end and the next look at it. */
const TAIL_BYTES = 65_536;

/** A run, in the words of the history. */
export interface ToldRun {
  readonly name: string;
  readonly id: number | undefined;
  readonly generation: number;
}

/**
 * Whether the end of a run is among the last lines of the history. One before a start of the same number, or
 * a removal, is of another run: numbers begin anew with a new service, and may after a power cut.
 */
export function isEndTold({ fs, layout }: Pick<Store, "fs" | "layout">, run: ToldRun): boolean {
  const tail = readTail(fs, layout.history, TAIL_BYTES);
  const { name, id, generation } = run;
  const lastOf = (entry: HistoryEntry): number =>
    tail.lastIndexOf(`${JSON.stringify(entry).slice(1, -1)},`);
  const toldAt = lastOf({ event: "ended", name, id, generation });
  const ofAnother = Math.max(
    lastOf({ event: "started", name, id, generation }),
    lastOf({ event: "restarted", name, id, generation }),
    lastOf({ event: "removed", name }),
  );
  return toldAt > ofAnother;
}
