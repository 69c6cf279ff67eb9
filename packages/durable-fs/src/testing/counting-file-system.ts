import type { FileSystem } from "../file-system.ts";

/** How often each function was called. */
export type CallCounts = Record<keyof FileSystem, number>;

/** What {@link countingFileSystem} makes. */
export interface CountingFileSystem {
  readonly fs: FileSystem;
  readonly counts: Readonly<CallCounts>;
  /** `flush` and `flushLater` together: the figure that decides speed on any disk. */
  readonly flushes: () => number;
  /** Starts again at 0. */
  readonly reset: () => void;
}

/** Counts what is called of a file system. */
export function countingFileSystem(fs: FileSystem): CountingFileSystem {
  const counts = noCalls();
  const on = (name: keyof FileSystem): FileSystem => {
    counts[name] += 1;
    return fs;
  };

  return {
    fs: {
      open: (path, mode) => on("open").open(path, mode),
      close: (fd) => on("close").close(fd),
      read: (fd, position, length) => on("read").read(fd, position, length),
      write: (fd, bytes, position) => on("write").write(fd, bytes, position),
      truncate: (fd, length) => on("truncate").truncate(fd, length),
      flush: (fd) => on("flush").flush(fd),
      flushLater: (fd) => on("flushLater").flushLater(fd),
      statOpen: (fd) => on("statOpen").statOpen(fd),
      stat: (path) => on("stat").stat(path),
      names: (folder) => on("names").names(folder),
      makeFolder: (path) => on("makeFolder").makeFolder(path),
      rename: (from, to) => on("rename").rename(from, to),
      exchange: (a, b) => on("exchange").exchange(a, b),
      removeFile: (path) => on("removeFile").removeFile(path),
      removeFolder: (path) => on("removeFolder").removeFolder(path),
      makeLink: (target, path) => on("makeLink").makeLink(target, path),
      readLink: (path) => on("readLink").readLink(path),
      setMode: (path, mode) => on("setMode").setMode(path, mode),
      copy: (from, to) => on("copy").copy(from, to),
      tryLock: (fd, range) => on("tryLock").tryLock(fd, range),
      lock: (fd, range) => on("lock").lock(fd, range),
      unlock: (fd, range) => on("unlock").unlock(fd, range),
      watch: (path, onChange) => on("watch").watch(path, onChange),
    },
    counts,
    flushes: () => counts.flush + counts.flushLater,
    reset: () => void Object.assign(counts, noCalls()),
  };
}

function noCalls(): CallCounts {
  return {
    open: 0,
    close: 0,
    read: 0,
    write: 0,
    truncate: 0,
    flush: 0,
    flushLater: 0,
    statOpen: 0,
    stat: 0,
    names: 0,
    makeFolder: 0,
    rename: 0,
    exchange: 0,
    removeFile: 0,
    removeFolder: 0,
    makeLink: 0,
    readLink: 0,
    setMode: 0,
    copy: 0,
    tryLock: 0,
    lock: 0,
    unlock: 0,
    watch: 0,
  };
}
