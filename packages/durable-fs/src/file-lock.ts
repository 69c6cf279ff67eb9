import type { FileSystem, LockRange } from "./file-system.ts";

/** A lock that is held. It ends with {@link release} or with the process, however that dies. */
export interface FileLock {
  /** The lock file, open for reading and appending. */
  readonly fd: number;
  /**
   * Unlocks and closes; the second time does nothing. To leave the lock to a child process that
   * inherited `fd`, close `fd` instead: it is then held until the child closes its copy or dies.
   */
  release(): void;
}

/**
 * Takes a lock on bytes of the file at `path` (made when missing, mode 0600), or returns `undefined` at
 * once when somebody has it: another process, or another lock of this one (locks belong to the open
 * file, so they also exclude within a process).
 */
export function tryLockFile(fs: FileSystem, path: string, range: LockRange): FileLock | undefined {
  for (;;) {
    const fd = fs.open(path, "append");
    try {
      if (!fs.tryLock(fd, range)) {
        fs.close(fd);
        return undefined;
      }
      if (isStillAt(fs, fd, path)) return heldLock(fs, fd, range);
    } catch (error) {
      fs.close(fd);
      throw error;
    }
    fs.close(fd);
  }
}

/** The same, but waits until the lock is had. Waiters are served in no promised order. */
export async function lockFile(fs: FileSystem, path: string, range: LockRange): Promise<FileLock> {
  for (;;) {
    const fd = fs.open(path, "append");
    try {
      await fs.lock(fd, range);
      if (isStillAt(fs, fd, path)) return heldLock(fs, fd, range);
    } catch (error) {
      fs.close(fd);
      throw error;
    }
    fs.close(fd);
  }
}

/** A lock on a file that was removed or replaced meanwhile excludes nobody. */
function isStillAt(fs: FileSystem, fd: number, path: string): boolean {
  const locked = fs.statOpen(fd);
  const now = fs.stat(path);
  return now !== undefined && now.inode === locked.inode && now.device === locked.device;
}

function heldLock(fs: FileSystem, fd: number, range: LockRange): FileLock {
  let held = true;
  return {
    fd,
    release() {
      if (!held) return;
      held = false;
      try {
        // closing alone would not do while a child process shares the descriptor
        fs.unlock(fd, range);
      } finally {
        fs.close(fd);
      }
    },
  };
}
