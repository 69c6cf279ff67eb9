import type { FileSystem } from "./file-system.ts";
import { type FileVersion, versionOf } from "./file-version.ts";
import { discard, makeBeside } from "./temporary.ts";
import { writeAll } from "./write-all.ts";

/** A file that waits to be renamed into place. */
export interface Beside {
  readonly temporary: string;
  readonly version: FileVersion;
}

/** Writes `bytes` to a new temporary file in the folder of `path`; on failure nothing stays. */
export function writeBeside(
  fs: FileSystem,
  path: string,
  { bytes, flush }: { readonly bytes: Uint8Array; readonly flush: boolean },
): Beside {
  const { temporary, fd } = makeBeside(path, (name) => ({
    temporary: name,
    fd: fs.open(name, "create"),
  }));
  try {
    try {
      writeAll(fs, fd, bytes);
      if (flush) fs.flush(fd);
      return { temporary, version: versionOf(fs.statOpen(fd)) };
    } finally {
      fs.close(fd);
    }
  } catch (error) {
    discard(fs, temporary);
    throw error;
  }
}
