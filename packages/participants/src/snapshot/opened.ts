import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { isSystemError } from "@tetra/durable-fs";
import * as z from "zod/mini";
import { below, type BytePath, bytesOf } from "./byte-path.ts";
import { type Entry, look } from "./entry.ts";

// What its owner may not read (mode 0000) cannot be copied, except by root. So `begin` opens it for a moment.
//
// O1. The mode is noted durably before it is changed: whoever finds the note of a dead process sets it back.
// O2. Set back in reverse: what is in a closed folder can be reached only before the folder is closed.

const OPENED = "opened.ndjson";

const noteSchema = z.object({ path: z.string(), mode: z.number() });
type Note = z.infer<typeof noteSchema>;

/** What was made readable for as long as the copy takes. */
export interface Opened {
  /** Makes an entry readable if it is not. */
  open(entry: Entry): void;
  /** Sets everything back. @returns what the entries are now. */
  close(): ReadonlyMap<BytePath, Entry>;
}

/** Opens entries of `folder`, and notes them in `snapshot`. */
export function openEntries(folder: BytePath, snapshot: string): Opened {
  const notes: Note[] = [];
  return {
    open({ path, kind, mode }) {
      const needed = kind === "folder" ? 0o500 : 0o400;
      if (process.geteuid?.() === 0 || kind === "link" || (mode & needed) === needed) return;
      notes.push({ path, mode });
      appendFlushed(join(snapshot, OPENED), `${JSON.stringify({ path, mode })}\n`); // O1
      chmodSync(bytesOf(below(folder, path)), mode | needed);
    },
    close() {
      const closed = closeNoted(folder, notes);
      notes.length = 0;
      return closed;
    },
  };
}

/** Sets back what a dead process had opened. */
export function closeOpened(folder: BytePath, snapshot: string): void {
  const path = join(snapshot, OPENED);
  const lines = readLines(path);
  if (lines.length === 0) return;
  closeNoted(
    folder,
    lines.map((line) => noteSchema.parse(JSON.parse(line))),
  );
  // only now: whoever stops before this does it all again
  unlinkSync(path);
}

function closeNoted(folder: BytePath, notes: readonly Note[]): ReadonlyMap<BytePath, Entry> {
  const closed = new Map<BytePath, Entry>();
  for (const { path, mode } of notes.toReversed()) {
    const at = below(folder, path);
    // O2
    const now = setMode(at, mode) ? look(at, path) : undefined;
    if (now !== undefined) closed.set(path, now);
  }
  return closed;
}

function setMode(path: BytePath, mode: number): boolean {
  try {
    chmodSync(bytesOf(path), mode);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
}

/** Whole lines: a torn one was not acknowledged, so nothing was done about it yet. */
function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, "utf8").split("\n").slice(0, -1);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return [];
    throw error;
  }
}

function appendFlushed(path: string, line: string): void {
  const fd = openSync(path, "a", 0o600);
  try {
    writeSync(fd, line);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
