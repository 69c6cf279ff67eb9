/** How {@link FileSystem.open} opens. No mode follows a symbolic link in the last component. */
export type OpenMode =
  /** An existing file, for reading. */
  | "read"
  /** An existing file, for reading and writing in place. */
  | "update"
  /** A file for reading and appending, made (mode 0600) when it is not there. */
  | "append"
  /** A new file for reading and writing (mode 0600); `EEXIST` when the name is taken. */
  | "create"
  /** A folder, so that it can be flushed. */
  | "folder";

/** What {@link FileSystem.stat} tells. Times are milliseconds since the epoch, with fractions. */
export interface FileStat {
  readonly kind: "file" | "folder" | "link" | "other";
  readonly size: number;
  readonly device: number;
  readonly inode: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  /** Permission bits only, such as `0o600`. */
  readonly mode: number;
}

/** A range of bytes of a lock file. The bytes need not exist. */
export interface LockRange {
  readonly offset: number;
  /** 0: everything from `offset` on. */
  readonly length: number;
  /** `true`: other shared locks are allowed beside this one. */
  readonly shared?: boolean;
}

/**
 * The few file operations that durable code needs, as a port: the real one is `nodeFileSystem()`, the
 * one that loses power, tears writes and runs out of space is `simulatedDisk()` (under `./testing`).
 *
 * Calls are synchronous because for small files that is 4 to 6 times faster; those that may take long
 * (a flush of much data, a copy, waiting for a lock) have promises. Every failure is thrown as an
 * `Error` with Node's `code` (`ENOENT`, `EEXIST`, `ENOSPC`, `EIO` …). Paths are absolute; every byte
 * but `/` and NUL may occur in a name. Links on the way are followed; `/.` at the end of a path follows
 * a link to a folder there too.
 *
 * No function uses `this`: a decorator is `{ ...fs, flush: … }`.
 */
export interface FileSystem {
  /**
   * Opens and returns a descriptor. A link in the last component is refused: `ELOOP`, for a `folder`
   * `ENOTDIR`, for `create` `EEXIST`.
   */
  open(path: string, mode: OpenMode): number;
  /** Closes a descriptor; its locks are gone. */
  close(fd: number): void;
  /** Reads up to `length` bytes at `position`; fewer only at the end of the file. */
  read(fd: number, position: number, length: number): Uint8Array;
  /**
   * Writes at the end (`append`), at `position`, or without one where the last such write of this
   * descriptor ended. Returns how many bytes were taken, which on a full disk may be fewer than given
   * **without an error**: callers loop (see `writeAll`).
   */
  write(fd: number, bytes: Uint8Array, position?: number): number;
  /** Makes a file so many bytes long. */
  truncate(fd: number, length: number): void;
  /**
   * Makes the data of a file, or the entries of a folder, survive a power cut. Blocks. After a failure
   * do not flush again and hope: the kernel forgets what it could not write, and the next flush succeeds
   * without it. Close, read again, write again.
   */
  flush(fd: number): void;
  /** The same without blocking the event loop. Covers what was written before the call. */
  flushLater(fd: number): Promise<void>;
  /** What an open descriptor is. */
  statOpen(fd: number): FileStat;
  /** What a path is, links not followed; `undefined` when nothing is there. */
  stat(path: string): FileStat | undefined;
  /** Names in a folder, in no order. `ENOENT` when it is not there. */
  names(folder: string): string[];
  /** Makes one folder (mode 0700). `EEXIST`, `ENOENT` as usual. */
  makeFolder(path: string): void;
  /** Renames, replacing a file or an empty folder at `to`. */
  rename(from: string, to: string): void;
  /** Exchanges two existing names in one step. `ENOSYS` where the system cannot. */
  exchange(a: string, b: string): void;
  /** Removes the name of a file or link. */
  removeFile(path: string): void;
  /** Removes an empty folder. */
  removeFolder(path: string): void;
  /** Makes a symbolic link; `EEXIST` when the name is taken. */
  makeLink(target: string, path: string): void;
  /** What a symbolic link says; `EINVAL` when it is none. */
  readLink(path: string): string;
  /** Sets permission bits, such as `0o600`. */
  setMode(path: string, mode: number): void;
  /**
   * Copies one file without reading it into memory (reflink where the file system can) to a new name,
   * mode 0600. `from` may be a link, which is followed. Not flushed.
   */
  copy(from: string, to: string): Promise<void>;
  /**
   * Takes a lock that dies with the descriptor, or returns `false` at once when somebody has it. It
   * belongs to the open file: a second `open` in the same process is excluded too, and what it holds
   * already it may take again. A lock that is not shared needs a descriptor for writing (`EBADF`).
   */
  tryLock(fd: number, range: LockRange): boolean;
  /** Waits in the kernel until the lock is had. */
  lock(fd: number, range: LockRange): Promise<void>;
  /** Gives a lock back. */
  unlock(fd: number, range: LockRange): void;
  /**
   * Calls `onChange` after something in the folder or file changed, with the changed name where the
   * system tells it. A hint: when the system gives up, the calls just stop. Keeps the process alive.
   * @returns what ends the watch.
   */
  watch(path: string, onChange: (name: string | undefined) => void): () => void;
}
