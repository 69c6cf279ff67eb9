import * as fs from "node:fs";
import type { FileStat, FileSystem, LockRange, OpenMode } from "./file-system.ts";
import { loadKernelCalls, type KernelCalls } from "./kernel-calls.ts";
import { isSystemError, systemError } from "./system-error.ts";

const { O_RDONLY, O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } =
  fs.constants;

// O_NONBLOCK means nothing to a regular file, but without it a pipe that somebody left in the place
// of a file would hang the process for ever
const SAFELY = O_NOFOLLOW | O_NONBLOCK;

const OPEN_FLAGS: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY | SAFELY,
  update: O_RDWR | SAFELY,
  append: O_RDWR | O_APPEND | O_CREAT | SAFELY,
  create: O_RDWR | O_CREAT | O_EXCL | SAFELY,
  folder: O_RDONLY | O_DIRECTORY | SAFELY,
};

/** Each wait in the kernel occupies one of Node's four pool threads; flushes need some too. */
const MOST_KERNEL_WAITS = 2;
/** A plain queue could deadlock: its head may hold what the two that wait in the kernel wait for. */
const QUEUED_RETRY_MS = 5;

/** What `renameat2` says where the file system or an old kernel has no exchange. */
const NO_EXCHANGE: ReadonlySet<string> = new Set(["EINVAL", "ENOSYS", "EOPNOTSUPP", "ENOTSUP"]);

/** The real file system. Make one per process: it rations the waits for locks. */
export function nodeFileSystem(): FileSystem {
  const folders = new Set<number>();
  let kernel: KernelCalls | undefined;
  let kernelWaits = 0;

  const calls = (): KernelCalls => (kernel ??= loadKernelCalls());

  function tryLock(fd: number, { offset, length, shared = false }: LockRange): boolean {
    return inOurWords("lock", () => calls().tryLock(fd, offset, length, { shared }));
  }

  async function lock(fd: number, range: LockRange): Promise<void> {
    while (!tryLock(fd, range)) {
      if (kernelWaits < MOST_KERNEL_WAITS) {
        kernelWaits += 1;
        try {
          const { offset, length, shared = false } = range;
          await calls().waitForLock(fd, offset, length, { shared });
        } catch (error) {
          throw translated("lock", error);
        } finally {
          kernelWaits -= 1;
        }
        return;
      }
      await delay(QUEUED_RETRY_MS);
    }
  }

  return {
    open(path, mode) {
      const fd = fs.openSync(path, OPEN_FLAGS[mode], 0o600);
      if (mode === "folder") folders.add(fd);
      return fd;
    },
    close(fd) {
      folders.delete(fd);
      fs.closeSync(fd);
    },
    read: readFully,
    write: (fd, bytes, position) => fs.writeSync(fd, bytes, 0, bytes.length, position ?? null),
    truncate: (fd, length) => fs.ftruncateSync(fd, length),
    // fdatasync writes everything that is needed to read the data back, a new size included; for
    // folders no manual page promises that of the entries (ext4 may skip them), so they get fsync
    flush: (fd) => (folders.has(fd) ? fs.fsyncSync(fd) : fs.fdatasyncSync(fd)),
    flushLater: (fd) =>
      new Promise((resolve, reject) => {
        const sync = folders.has(fd) ? fs.fsync : fs.fdatasync;
        sync(fd, (error) => (error === null ? resolve() : reject(error)));
      }),
    statOpen: (fd) => describe(fs.fstatSync(fd)),
    stat: statPath,
    names: (folder) => fs.readdirSync(folder),
    makeFolder: (path) => fs.mkdirSync(path, 0o700),
    rename: (from, to) => fs.renameSync(from, to),
    exchange: (a, b) => exchange(calls(), a, b),
    removeFile: (path) => fs.unlinkSync(path),
    removeFolder: (path) => fs.rmdirSync(path),
    makeLink: (target, path) => fs.symlinkSync(target, path),
    readLink: (path) => fs.readlinkSync(path),
    setMode: (path, mode) => fs.chmodSync(path, mode),
    async copy(from, to) {
      const { COPYFILE_EXCL, COPYFILE_FICLONE } = fs.constants;
      await fs.promises.copyFile(from, to, COPYFILE_EXCL | COPYFILE_FICLONE);
      await fs.promises.chmod(to, 0o600);
    },
    tryLock,
    lock,
    unlock: (fd, { offset, length }) =>
      inOurWords("unlock", () => calls().unlock(fd, offset, length)),
    watch,
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function readFully(fd: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = fs.readSync(fd, bytes, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled === length ? bytes : bytes.subarray(0, filled);
}

function statPath(path: string): FileStat | undefined {
  try {
    const stats = fs.lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined ? undefined : describe(stats);
  } catch (error) {
    if (isSystemError(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

function describe(stats: fs.Stats): FileStat {
  return {
    kind: kindOf(stats),
    size: stats.size,
    device: stats.dev,
    inode: stats.ino,
    mtimeMs: stats.mtimeMs,
    ctimeMs: stats.ctimeMs,
    mode: stats.mode & 0o7777,
  };
}

function kindOf(stats: fs.Stats): FileStat["kind"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  return stats.isSymbolicLink() ? "link" : "other";
}

function exchange(kernel: KernelCalls, a: string, b: string): void {
  try {
    kernel.swapSync(a, b);
  } catch (error) {
    const code = isSystemError(error) ? error.code : undefined;
    if (code === undefined) throw error;
    const unsupported = NO_EXCHANGE.has(code) && !isWithin(a, b) && !isWithin(b, a);
    throw systemError(unsupported ? "ENOSYS" : code, "exchange", `${a}' -> '${b}`);
  }
}

/** EINVAL also says that one of the two is a folder around the other. */
function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function inOurWords<T>(syscall: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw translated(syscall, error);
  }
}

/** The add-on's errors have a code but do not say which call failed. */
function translated(syscall: string, error: unknown): unknown {
  return isSystemError(error) ? systemError(error.code, syscall) : error;
}

function watch(path: string, onChange: (name: string | undefined) => void): () => void {
  const watcher = fs.watch(path, (_event, name) => onChange(name ?? undefined));
  // what is watched may go away, and the limit on watches may be hit: watching is a hint, those who
  // need certainty also look by themselves
  watcher.on("error", () => watcher.close());
  return () => watcher.close();
}
