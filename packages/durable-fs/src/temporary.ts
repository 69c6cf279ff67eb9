import { dirname, join } from "node:path/posix";
import type { FileSystem } from "./file-system.ts";
import { isSystemError } from "./system-error.ts";

/**
 * Whether a name is one that this package gives to what it makes beside a file before renaming it.
 * A process that was killed may leave such a file. Remove those only while no one can be writing
 * in that folder.
 */
export function isTemporaryName(name: string): boolean {
  return /^\.tmp-[0-9a-z]{10}$/.test(name);
}

/** Makes something under an unused temporary name in the folder of `path`. */
export function makeBeside<T>(path: string, make: (temporary: string) => T): T {
  for (;;) {
    // short, so that it fits wherever `path` fits; chance only saves tries: `make` refuses a taken name
    const random = Math.floor(Math.random() * 36 ** 10).toString(36);
    try {
      return make(join(dirname(path), `.tmp-${random.padStart(10, "0")}`));
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw error;
    }
  }
}

/** Removes a temporary file that is no longer of use. */
export function discard(fs: FileSystem, temporary: string): void {
  try {
    fs.removeFile(temporary);
  } catch (error) {
    // the failure that led here is the one to report; what stays is known by `isTemporaryName`
    if (!isSystemError(error)) throw error;
  }
}
