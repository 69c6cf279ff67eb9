import type { FileSystem } from "./file-system.ts";
import { systemError } from "./system-error.ts";

/**
 * Writes all of `bytes`: at `position`, or without one where the descriptor stands (its end, in mode
 * `append`). Not flushed.
 *
 * On a full disk Node returns a short count and no error; this goes on, and when nothing more is taken
 * throws an `Error` with code `ENOSPC`. What was taken until then stays in the file.
 */
export function writeAll(fs: FileSystem, fd: number, bytes: Uint8Array, position?: number): void {
  let done = 0;
  while (done < bytes.length) {
    const rest = done === 0 ? bytes : bytes.subarray(done);
    const count = fs.write(fd, rest, position === undefined ? undefined : position + done);
    if (count === 0) throw systemError("ENOSPC", "write");
    done += count;
  }
}
