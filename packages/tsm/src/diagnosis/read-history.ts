import { type FileSystem, isSystemError, nodeFileSystem } from "@tetra/durable-fs";
import { join } from "node:path/posix";
import { countFrom, isRecord, numberFrom, textFrom } from "../files/lenient.ts";

/** A line of `history.ndjson`. */
export interface HistoryLine {
  /** When, in milliseconds since the epoch, by the clock of that moment. */
  readonly atMs: number;
  /** What happened; unknown words are kept. */
  readonly event: string;
  /** The service. */
  readonly name?: string;
  readonly generation?: number;
  /** The line as it was written. */
  readonly line: Readonly<Record<string, unknown>>;
}

/** Which lines are wanted. */
export interface HistoryQuery {
  /** Only of these services. */
  readonly names?: readonly string[];
  /** Only from this moment on. */
  readonly sinceMs?: number;
  /** Only so many, the last ones. */
  readonly last?: number;
}

const BLOCK_BYTES = 65_536;
const NEWLINE = 10;
const decoder = new TextDecoder();

/**
 * The lines of the history that are wanted, oldest first. Read from the end, so that the last few cost little.
 * @param folder the service manager's, `$TETRA_DIR/tsm`
 */
export function readHistory(
  folder: string,
  { names, sinceMs = -Infinity, last = Infinity }: HistoryQuery = {},
): readonly HistoryLine[] {
  const found: HistoryLine[] = [];
  for (const text of linesFromEnd(nodeFileSystem(), join(folder, "runtime/history.ndjson"))) {
    if (found.length >= last) break;
    const line = parseHistoryLine(text);
    const isWanted = names === undefined || (line?.name !== undefined && names.includes(line.name));
    // a clock that was set back makes times fall and rise: so every line is looked at
    if (line !== undefined && isWanted && line.atMs >= sinceMs) found.push(line);
  }
  return found.toReversed();
}

/** Reads a line; `undefined` when it is torn or not ours. */
export function parseHistoryLine(text: string): HistoryLine | undefined {
  if (!text.startsWith("{")) return undefined;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (!isRecord(read)) return undefined;
  const event = textFrom(read["event"]);
  const atMs = numberFrom(read["ts_ms"]) ?? Date.parse(textFrom(read["ts"]) ?? "");
  if (event === undefined || !Number.isFinite(atMs)) return undefined;
  const name = textFrom(read["name"]);
  const generation = countFrom(read["generation"]);
  return {
    atMs,
    event,
    ...(name === undefined ? {} : { name }),
    ...(generation === undefined ? {} : { generation }),
    line: read,
  };
}

/** The lines of a file, last first; what follows the last line end is torn and left out. */
function* linesFromEnd(fs: FileSystem, path: string): Generator<string> {
  let fd: number;
  try {
    fd = fs.open(path, "read");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return;
    throw error;
  }
  try {
    let end = fs.statOpen(fd).size;
    let tail: Uint8Array = new Uint8Array();
    let isTorn = true;
    while (end > 0) {
      const from = Math.max(0, end - BLOCK_BYTES);
      const bytes = Buffer.concat([fs.read(fd, from, end - from), tail]);
      let until = bytes.length;
      for (let at = bytes.lastIndexOf(NEWLINE); at !== -1;) {
        if (!isTorn) yield decoder.decode(bytes.subarray(at + 1, until));
        isTorn = false;
        until = at;
        at = at === 0 ? -1 : bytes.lastIndexOf(NEWLINE, at - 1);
      }
      tail = bytes.subarray(0, until);
      end = from;
    }
    if (!isTorn) yield decoder.decode(tail);
  } finally {
    fs.close(fd);
  }
}
