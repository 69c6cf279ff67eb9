import { type FileSystem, writeFileAtomic } from "@tetra/durable-fs";
import type { LogPaths } from "./log-paths.ts";
import { type OffsetNote, readIndex } from "./offset-index.ts";

/** A longer index is thinned; a note takes some 60 bytes. */
const LONGEST_INDEX_BYTES = 262_144;
const MOST_NOTES = 2000;

/**
 * Shortens an index that has become long. A note that is written meanwhile may be lost: times get less
 * precise by that, and nothing else.
 */
export function thinIndex(
  fs: FileSystem,
  paths: LogPaths,
  oldest: { readonly out: number; readonly err: number },
): void {
  if ((fs.stat(paths.index)?.size ?? 0) <= LONGEST_INDEX_BYTES) return;
  const notes = thinned(readIndex(fs, paths), oldest);
  const lines = notes.map(({ atMs, out, err }) => `${JSON.stringify({ ts_ms: atMs, out, err })}\n`);
  writeFileAtomic(fs, paths.index, new TextEncoder().encode(lines.join("")), { durable: false });
}

/** Without what is about removed parts of the logs only, and of the older half of the rest every second. */
export function thinned(
  notes: readonly OffsetNote[],
  oldest: { readonly out: number; readonly err: number },
): readonly OffsetNote[] {
  const first = notes.findIndex(({ out, err }) => out > oldest.out || err > oldest.err);
  let left = first === -1 ? notes.slice(-1) : notes.slice(Math.max(0, first - 1));
  while (left.length > MOST_NOTES) {
    const half = left.length >> 1;
    left = left.filter((_, at) => at >= half || at % 2 === 0);
  }
  return left;
}
