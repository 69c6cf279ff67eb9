import { type FileSystem, readAll } from "@tetra/durable-fs";
import { type LogLine, readLog, type WatchOptions } from "@tetra/tts-core";
import { makeBell } from "./bell.ts";
import type { FolderPaths } from "./layout.ts";

const NEWLINE = 10;

/**
 * The lines there are from `from` on, then each new one as it comes, told by the kernel and not asked
 * for in a loop. A line whose flush failed, and which is cut for that, may be seen.
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
    let revision = 0;
    let skip = from;
    while (!stopped()) {
      const quiet = bell.reset();
      const log = readLog(wholeLines(readAll(fs, fd, position)), revision);
      position += log.wholeLength;
      revision = log.revision;
      for (const line of log.lines) {
        if (skip > 0) skip -= 1;
        else yield line;
        if (stopped()) return;
      }
      if (fs.statOpen(fd).size >= position) await quiet;
      else position = revision = 0; // another tool began the log anew
    }
  } finally {
    signal?.removeEventListener("abort", bell.ring);
    endWatch();
    fs.close(fd);
  }
}

/** Up to the last newline: half a line is left for later, and so is half an append. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
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
