import { type FileLock, type FileSystem, isSystemError, tryLockFile } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { Clock } from "../clock.ts";
import type { TsmErrorCode } from "../errors.ts";

/** What waiting for a lock takes. */
export interface LockWait {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly path: string;
  /** What is locked, for the error. */
  readonly what: string;
  readonly timeoutMs: number;
}

/** Where the lock is, in every lock file of this package. */
const RANGE = { offset: 0, length: 1 } as const;
const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 25;

/**
 * Waits for a lock, but not for ever: who holds it may hang. Tries again and again, since a wait in the
 * kernel can neither be limited nor ended.
 * @throws TetraError `SERVICE_BUSY` when the time is over.
 */
export async function waitForLock(wait: LockWait): Promise<FileLock> {
  const { fs, clock, path, what, timeoutMs } = wait;
  const giveUpMs = clock.now() + timeoutMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const lock = tryLockFile(fs, path, RANGE);
    if (lock !== undefined) return lock;
    if (clock.now() >= giveUpMs) {
      throw new TetraError<TsmErrorCode>(
        "SERVICE_BUSY",
        `${what}: somebody else has acted on it for more than ${timeoutMs / 1000} s`,
        { hint: "see which tsm or tetrad does, and try again" },
      );
    }
    await clock.sleep(waitMs);
  }
}

/**
 * Whether somebody acts on a service right now. Asked with a shared lock on a descriptor for reading,
 * dropped at once.
 */
export function isLocked(fs: FileSystem, path: string): boolean {
  let fd: number;
  try {
    fd = fs.open(path, "read");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
  try {
    return !fs.tryLock(fd, { ...RANGE, shared: true });
  } finally {
    fs.close(fd);
  }
}
