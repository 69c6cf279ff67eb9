import { setTimeout as delay } from "node:timers/promises";
import type { FileSystem } from "../file-system.ts";

/** The same file system on a disk whose flushes take `ms` longer, as on a cloud volume. */
export function slowFlush(fs: FileSystem, ms: number): FileSystem {
  const never = new Int32Array(new SharedArrayBuffer(4));
  return {
    ...fs,
    flush(fd) {
      Atomics.wait(never, 0, 0, ms);
      fs.flush(fd);
    },
    async flushLater(fd) {
      await delay(ms);
      await fs.flushLater(fd);
    },
  };
}
