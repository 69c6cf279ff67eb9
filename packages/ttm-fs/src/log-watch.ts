import { type FileSystem, readAll } from "@tetra/durable-fs";
import { type LogLine, parseEventLine, readLog, type WatchOptions } from "@tetra/tts-core";
import type { FolderPaths } from "./layout.ts";

const NEWLINE = 10;
const decoder = new TextDecoder();

/**
 * The lines there are from `from` on, then each new one as it comes, told by the kernel and not asked
 * for in a loop. A line that is cut later (it was never acknowledged) may be seen.
 */
export async function* watchLog(
  fs: FileSystem,
  paths: FolderPaths,
  { from = 0, signal }: WatchOptions,
): AsyncGenerator<LogLine> {
  const fd = fs.open(paths.log, "read");
  const bell = makeBell();
  const endWatch = fs.watch(paths.log, bell.ring);
  signal?.addEventListener("abort", bell.ring, { once: true });
  const stopped = (): boolean => signal?.aborted === true;
  try {
    let position = 0;
    let skip = from;
    while (!stopped()) {
      const quiet = bell.reset();
      const { lines, end } = wholeLines(readAll(fs, fd, position));
      position += end;
      for (const line of lines) {
        if (skip > 0) skip -= 1;
        else yield line;
        if (stopped()) return;
      }
      const shorter = fs.statOpen(fd).size < position;
      if (shorter) position = 0; // another tool began the log anew
      else await quiet;
    }
  } finally {
    signal?.removeEventListener("abort", bell.ring);
    endWatch();
    fs.close(fd);
  }
}

/** Lines up to the last newline; half a line is left for later. */
function wholeLines(bytes: Uint8Array): { lines: readonly LogLine[]; end: number } {
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  const text = decoder.decode(bytes.subarray(0, end));
  const lines = text.split("\n").slice(0, -1);
  return {
    lines: lines.map((line) => {
      const event = parseEventLine(line);
      return event === undefined ? { text: line, folded: false } : { text: line, event, folded: true };
    }),
    end,
  };
}

/** The lines of a log that is not being followed. */
export function readLines(fs: FileSystem, paths: FolderPaths): readonly LogLine[] {
  const fd = fs.open(paths.log, "read");
  try {
    return readLog(readAll(fs, fd)).lines;
  } finally {
    fs.close(fd);
  }
}

interface Bell {
  readonly ring: () => void;
  /** Resolves at the next ring after this call. */
  reset(): Promise<void>;
}

function makeBell(): Bell {
  let wake: () => void = () => undefined;
  return {
    ring: () => wake(),
    reset: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
  };
}
