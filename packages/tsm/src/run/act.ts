import { type FileLock, isSystemError, makeFolders } from "@tetra/durable-fs";
import { servicePaths } from "../files/layout.ts";
import { waitForLock } from "../files/service-lock.ts";
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
