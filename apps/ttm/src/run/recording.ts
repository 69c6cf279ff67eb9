import { closeSync, constants, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A file that output is kept in as it comes. */
export interface Recording {
  write(bytes: Uint8Array): void;
  /** Makes it durable and closes it. */
  close(): void;
}

/** Begins a new file in a transaction's folder of artifacts. */
export function startRecording(artifacts: string, name: string): Recording {
  mkdirSync(artifacts, { recursive: true, mode: 0o700 });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(join(artifacts, name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  return {
    write(bytes) {
      // a full disk takes a part of it, and says so only the next time
      for (let left = bytes; left.length > 0;) left = left.subarray(writeSync(fd, left));
    },
    close() {
      fsyncSync(fd);
      closeSync(fd);
    },
  };
}
