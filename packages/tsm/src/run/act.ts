import { type FileLock, isSystemError, makeFolders } from "@tetra/durable-fs";
import { servicePaths } from "../files/layout.ts";
import { waitForLock } from "../files/service-lock.ts";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import type { Parts } from "./parts.ts";

/**
 * Acts on a service under its lock. The descriptor is closed afterwards and not unlocked: a shim that
 * was given it may need it a little longer.
 * @throws TetraError `SERVICE_BUSY`
 */
export async function underLock<Result>(
  parts: Parts,
  name: string,
  act: (lock: FileLock) => Result | Promise<Result>,
): Promise<Result> {
  const lock = await lockService(parts, name);
  try {
    return await act(lock);
  } finally {
    parts.fs.close(lock.fd);
  }
}

async function lockService(parts: Parts, name: string): Promise<FileLock> {
  const { fs, clock, layout, lockTimeoutMs: timeoutMs } = parts;
  const { folder, lock: path } = servicePaths(layout, name);
  for (;;) {
    makeFolders(fs, folder, { durable: false });
    try {
      return await waitForLock({ fs, clock, path, what: name, timeoutMs });
    } catch (error) {
      // somebody removed the service in between
      if (!isSystemError(error, "ENOENT")) throw error;
    }
  }
}

/** What a disk or a person can do to our files. */
const UNWRITABLE: ReadonlySet<string> = new Set([
  "ENOSPC",
  "EDQUOT",
  "EROFS",
  "EIO",
  "EACCES",
  "EPERM",
  "ENOTDIR",
  "EISDIR",
  "ELOOP",
]);

/** @throws TetraError `STORE_UNWRITABLE` where one of our own files could not be written. */
export async function writing<Result>(name: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!isSystemError(error) || !UNWRITABLE.has(error.code)) throw error;
    throw new TetraError<TsmErrorCode>("STORE_UNWRITABLE", `${name}: ${error.message}`, {
      hint: "make room, or look whose the files below runtime/processes are",
      details: { name },
      cause: error,
    });
  }
}
