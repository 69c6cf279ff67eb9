import { type FileSystem, tryLockFile } from "@tetra/durable-fs";
import { plainSegments } from "./archives.ts";
import { compressSegment } from "./compress-segment.ts";
import type { LogPaths } from "./log-paths.ts";
import { STREAMS } from "./log-stream.ts";

/** Compresses archives in the background, one after the other of all services: it is never urgent. */
export interface CompressQueue {
  /** Compresses what there is of a service, later. */
  add(paths: LogPaths): void;
  /** Resolves when nothing is left to compress. */
  settled(): Promise<void>;
  /** Throws what the last failure since was, once. */
  throwFailure(): void;
}

const COMPRESSING = { offset: 1, length: 1 } as const;

/** Makes a queue. */
export function compressQueue(fs: FileSystem): CompressQueue {
  const waiting = new Set<string>();
  let last: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;

  return {
    add(paths) {
      if (waiting.has(paths.folder)) return;
      waiting.add(paths.folder);
      last = last
        .then(() => {
          waiting.delete(paths.folder);
          return compressArchives(fs, paths);
        })
        .catch((error: unknown) => {
          failure = { error };
        });
    },
    settled: () => last,
    throwFailure() {
      const failed = failure;
      failure = undefined;
      if (failed !== undefined) throw failed.error;
    },
  };
}

async function compressArchives(fs: FileSystem, paths: LogPaths): Promise<void> {
  if (STREAMS.every((stream) => plainSegments(fs, paths, stream).length === 0)) return;
  const lock = tryLockFile(fs, paths.lock, COMPRESSING);
  if (lock === undefined) return; // somebody else does it
  try {
    for (const stream of STREAMS) {
      for (const segment of plainSegments(fs, paths, stream)) {
        await compressSegment(fs, paths, { segment, lock: lock.fd });
      }
    }
  } catch (error) {
    if (fs.stat(paths.service) !== undefined) throw error; // else it was removed meanwhile
  } finally {
    lock.release();
  }
}
