import { basename } from "node:path/posix";
import type { FileStat, FileSystem, LockRange, OpenMode } from "../file-system.ts";
import { isSystemError, systemError } from "../system-error.ts";
import type { EntrySet, FileInode, FolderInode, Inode } from "./inode.ts";
import { type Machine, type OpenFile, type Process, SimulatedCrash } from "./machine.ts";
import { type Place, walk } from "./path-walk.ts";

const FIRST_FD = 3;
const DEVICE = 1;
/** What ext4 says of a small folder. */
const FOLDER_SIZE = 4096;

/** The file system of a simulated disk as one process sees it. */
export function processFileSystem(machine: Machine, process: Process): FileSystem {
  const { storage } = machine;

  const find = (syscall: string, path: string, follow = false): Place =>
    walk(storage.root, path, { syscall, follow });

  function existing(syscall: string, path: string, follow = false): Place & { inode: Inode } {
    const { inode, ...place } = find(syscall, path, follow);
    if (inode === undefined) throw systemError("ENOENT", syscall, path);
    return { ...place, inode };
  }

  function opened(syscall: string, fd: number): OpenFile {
    const file = process.files.get(fd);
    if (file === undefined) throw systemError("EBADF", syscall);
    return file;
  }

  /** Starts an operation on a descriptor. */
  function beginOpened(
    name: string,
    fd: number,
    what: { changes?: boolean; bytes?: number } = {},
  ): { file: OpenFile; torn: number | undefined } {
    const path = process.files.get(fd)?.path ?? `fd ${fd}`;
    const torn = machine.begin(process, name, { path, ...what });
    return { file: opened(name, fd), torn };
  }

  function changeEntries(
    label: string,
    entries: readonly EntrySet[],
    durableWith: readonly FolderInode[],
  ): void {
    const before = entries.map(({ folder, name }) => folder.entries.get(name));
    storage.editEntries({ label, entries, durableWith });
    for (const [index, { folder, name, inode }] of entries.entries()) {
      machine.notifyEntry(folder, name, [before[index], inode]);
    }
  }

  /** Puts something new under a name that is not taken. */
  function add(label: string, { folder, name }: Place, inode: Inode): void {
    changeEntries(label, [{ folder, name, inode }], [folder]);
  }

  function open(path: string, mode: OpenMode): number {
    const changes = mode === "append" || mode === "create";
    machine.begin(process, "open", { path, changes });
    const place = find("open", path);
    const inode = place.inode ?? makeFile(place, path, mode);
    if (place.inode !== undefined) assertOpens(place.inode, path, mode);
    if (inode.kind === "link") throw systemError("ELOOP", "open", path);
    if (inode.kind === "file") inode.opens += 1;
    const writable = mode !== "read" && mode !== "folder";
    let fd = FIRST_FD;
    while (process.files.has(fd)) fd += 1;
    const append = mode === "append";
    process.files.set(fd, { process, path, inode, writable, append, position: 0 });
    return fd;
  }

  function makeFile(place: Place, path: string, mode: OpenMode): FileInode {
    if (mode !== "append" && mode !== "create") throw systemError("ENOENT", "open", path);
    const file = storage.newFile();
    add(`make ${path}`, place, file);
    return file;
  }

  function write(fd: number, bytes: Uint8Array, position?: number): number {
    const { file, torn } = beginOpened("write", fd, { changes: true, bytes: bytes.length });
    const { inode } = file;
    if (!file.writable || inode.kind === "folder") throw systemError("EBADF", "write");
    if (bytes.length === 0) return 0;
    const offset = file.append ? inode.content.size : (position ?? file.position);
    const wanted = torn === undefined ? machine.plan.shorten(bytes.length) : torn;
    const count = storage.room(inode, offset, Math.min(wanted, bytes.length));
    if (count > 0) {
      storage.edit(inode, file.path, { type: "write", offset, bytes: bytes.slice(0, count) });
      machine.notifyContent(inode);
    }
    if (torn !== undefined) {
      machine.kill(process);
      throw new SimulatedCrash(process.name);
    }
    if (count === 0) throw systemError("ENOSPC", "write");
    if (position === undefined) file.position = offset + count;
    return count;
  }

  /** Flushes, or loses what was to be flushed when the plan makes the flush fail. */
  function flushUpTo(name: string, fd: number, file: OpenFile | undefined, sequence: number): void {
    try {
      machine.begin(process, name, { path: file?.path ?? `fd ${fd}`, changes: true });
    } catch (error) {
      if (!(error instanceof SimulatedCrash) && file !== undefined) {
        storage.failFlush(file.inode, sequence);
      }
      throw error;
    }
    if (file === undefined) throw systemError("EBADF", name);
    storage.flush(file.inode, sequence);
  }

  async function flushLater(fd: number): Promise<void> {
    const { file } = beginOpened("flushLater", fd);
    const { sequence } = storage;
    await machine.pause(process);
    flushUpTo("flushLater done", fd, file, sequence);
  }

  /** In the kernel's order: both folders, then the names, then whether the first is there. */
  function bothPlaces(syscall: string, a: string, b: string): [Place & { inode: Inode }, Place] {
    const { inode, ...first } = find(syscall, a);
    const second = find(syscall, b);
    if (first.name === "." || second.name === ".") throw systemError("EBUSY", syscall, a);
    if (inode === undefined) throw systemError("ENOENT", syscall, a);
    return [{ ...first, inode }, second];
  }

  function rename(from: string, to: string): void {
    const path = `${from} -> ${to}`;
    machine.begin(process, "rename", { path, changes: true });
    const [source, target] = bothPlaces("rename", from, to);
    if (isWithin(target.folder, source.inode)) throw systemError("EINVAL", "rename", path);
    if (target.inode !== undefined && isWithin(source.folder, target.inode)) {
      throw systemError("ENOTEMPTY", "rename", path);
    }
    if (source.inode === target.inode) return;
    assertReplaces(source.inode, target.inode, path);
    changeEntries(
      `rename ${path}`,
      [
        { folder: source.folder, name: source.name, inode: undefined },
        { folder: target.folder, name: target.name, inode: source.inode },
      ],
      [target.folder],
    );
  }

  function exchange(a: string, b: string): void {
    const path = `${a} -> ${b}`;
    machine.begin(process, "exchange", { path, changes: true });
    const [first, second] = bothPlaces("exchange", a, b);
    if (second.inode === undefined) throw systemError("ENOENT", "exchange", path);
    if (isWithin(second.folder, first.inode) || isWithin(first.folder, second.inode)) {
      throw systemError("EINVAL", "exchange", path);
    }
    if (first.inode === second.inode) return;
    changeEntries(
      `exchange ${path}`,
      [
        { folder: first.folder, name: first.name, inode: second.inode },
        { folder: second.folder, name: second.name, inode: first.inode },
      ],
      [first.folder, second.folder],
    );
  }

  function remove(syscall: "removeFile" | "removeFolder", path: string): void {
    machine.begin(process, syscall, { path, changes: true });
    const { folder, name, inode } = existing(syscall, path);
    assertRemovable(syscall, path, { name, inode });
    changeEntries(`${syscall} ${path}`, [{ folder, name, inode: undefined }], [folder]);
  }

  async function copy(from: string, to: string): Promise<void> {
    const path = `${from} -> ${to}`;
    machine.begin(process, "copy", { path, changes: true });
    const { inode: source } = existing("copy", from, true);
    const place = find("copy", to);
    if (place.inode !== undefined) throw systemError("EEXIST", "copy", path);
    if (source.kind !== "file") throw systemError("EISDIR", "copy", path);
    const bytes = source.content.snapshot();
    const file = storage.newFile();
    add(`make ${to}`, place, file);
    const half = bytes.length >> 1;
    fill(file, bytes.subarray(0, half), 0);
    await machine.pause(process);
    machine.begin(process, "copy done", { path, changes: true });
    fill(file, bytes.subarray(half), half);

    function fill(target: FileInode, part: Uint8Array, offset: number): void {
      if (part.length === 0) return;
      if (storage.room(target, offset, part.length) < part.length) {
        const { folder, name } = place;
        changeEntries(`remove ${to}`, [{ folder, name, inode: undefined }], [folder]);
        throw systemError("ENOSPC", "copy", path);
      }
      storage.edit(target, to, { type: "write", offset, bytes: part });
      machine.notifyContent(target);
    }
  }

  function lockable(name: string, fd: number, range: LockRange): OpenFile {
    const { file } = beginOpened(name, fd);
    if (range.shared !== true && !file.writable) throw systemError("EBADF", name);
    return file;
  }

  async function lock(fd: number, range: LockRange): Promise<void> {
    const file = lockable("lock", fd, range);
    const locks = machine.locksOf(file.inode);
    if (!locks.tryLock(file, range)) await locks.wait(file, range);
    await machine.pause(process);
  }

  return {
    open,
    close(fd) {
      beginOpened("close", fd);
      machine.close(process, fd, () => systemError("EBADF", "lock"));
    },
    read(fd, position, length) {
      const { inode } = beginOpened("read", fd).file;
      if (inode.kind === "folder") throw systemError("EISDIR", "read");
      return inode.content.read(position, length);
    },
    write,
    truncate(fd, length) {
      const { file } = beginOpened("truncate", fd, { changes: true });
      const { inode } = file;
      if (!file.writable || inode.kind === "folder") throw systemError("EINVAL", "truncate");
      const growth = length - inode.content.size;
      if (storage.room(inode, inode.content.size, growth) < growth) {
        throw systemError("ENOSPC", "truncate");
      }
      storage.edit(inode, file.path, { type: "truncate", length });
      machine.notifyContent(inode);
    },
    flush: (fd) => flushUpTo("flush", fd, process.files.get(fd), storage.sequence),
    flushLater,
    statOpen: (fd) => describe(beginOpened("statOpen", fd).file.inode),
    stat(path) {
      machine.begin(process, "stat", { path });
      const inode = findIfThere(path);
      return inode === undefined ? undefined : describe(inode);
    },
    names(path) {
      machine.begin(process, "names", { path });
      const { inode } = existing("names", path, true);
      if (inode.kind !== "folder") throw systemError("ENOTDIR", "names", path);
      return [...inode.entries.keys()];
    },
    makeFolder(path) {
      machine.begin(process, "makeFolder", { path, changes: true });
      const place = find("makeFolder", path);
      if (place.inode !== undefined) throw systemError("EEXIST", "makeFolder", path);
      add(`makeFolder ${path}`, place, storage.newFolder(place.folder));
    },
    rename,
    exchange,
    removeFile: (path) => remove("removeFile", path),
    removeFolder: (path) => remove("removeFolder", path),
    makeLink(target, path) {
      machine.begin(process, "makeLink", { path, changes: true });
      if (target === "") throw systemError("ENOENT", "makeLink", path);
      const place = find("makeLink", path);
      if (place.inode !== undefined) throw systemError("EEXIST", "makeLink", path);
      add(`makeLink ${path}`, place, storage.newLink(target));
    },
    readLink(path) {
      machine.begin(process, "readLink", { path });
      const { inode } = existing("readLink", path);
      if (inode.kind !== "link") throw systemError("EINVAL", "readLink", path);
      return inode.target;
    },
    setMode(path, mode) {
      machine.begin(process, "setMode", { path, changes: true });
      const { inode } = existing("setMode", path, true);
      if (inode.kind !== "link") storage.setMode(inode, mode & 0o7777);
      machine.notifyContent(inode);
    },
    copy,
    tryLock(fd, range) {
      const file = lockable("tryLock", fd, range);
      return machine.locksOf(file.inode).tryLock(file, range);
    },
    lock,
    unlock(fd, range) {
      const { file } = beginOpened("unlock", fd);
      machine.locksOf(file.inode).unlock(file, range);
    },
    watch(path, onChange) {
      machine.begin(process, "watch", { path });
      const { inode } = existing("watch", path, true);
      return machine.watch({ process, inode, name: basename(path), onChange });
    },
  };

  function findIfThere(path: string): Inode | undefined {
    try {
      return find("stat", path).inode;
    } catch (error) {
      if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) return undefined;
      throw error;
    }
  }
}

function describe(inode: Inode): FileStat {
  const { kind, number, mode, mtimeMs, ctimeMs } = inode;
  return { kind, size: sizeOf(inode), device: DEVICE, inode: number, mtimeMs, ctimeMs, mode };
}

function sizeOf(inode: Inode): number {
  if (inode.kind === "file") return inode.content.size;
  return inode.kind === "link" ? Buffer.byteLength(inode.target) : FOLDER_SIZE;
}

/** Whether `folder` is `inode` or lies below it. */
function isWithin(folder: FolderInode, inode: Inode): boolean {
  let above: FolderInode | undefined = folder;
  while (above !== undefined && above !== inode) above = above.parent;
  return above !== undefined;
}

function assertOpens(inode: Inode, path: string, mode: OpenMode): void {
  if (mode === "create") throw systemError("EEXIST", "open", path);
  if (mode === "folder" && inode.kind !== "folder") throw systemError("ENOTDIR", "open", path);
  const isFolderRefused = mode === "update" || mode === "append";
  if (isFolderRefused && inode.kind === "folder") throw systemError("EISDIR", "open", path);
}

function assertReplaces(source: Inode, target: Inode | undefined, path: string): void {
  if (target === undefined) return;
  if (source.kind === "folder" && target.kind !== "folder") {
    throw systemError("ENOTDIR", "rename", path);
  }
  if (source.kind !== "folder" && target.kind === "folder") {
    throw systemError("EISDIR", "rename", path);
  }
  if (target.kind === "folder" && target.entries.size > 0) {
    throw systemError("ENOTEMPTY", "rename", path);
  }
}

function assertRemovable(
  syscall: "removeFile" | "removeFolder",
  path: string,
  { name, inode }: { readonly name: string; readonly inode: Inode },
): void {
  if (syscall === "removeFile") {
    if (inode.kind === "folder") throw systemError("EISDIR", syscall, path);
    return;
  }
  if (inode.kind !== "folder") throw systemError("ENOTDIR", syscall, path);
  if (name === ".") throw systemError(endsInDots(path), syscall, path);
  if (inode.entries.size > 0) throw systemError("ENOTEMPTY", syscall, path);
}

function endsInDots(path: string): string {
  if (path.endsWith("..")) return "ENOTEMPTY";
  return path.endsWith(".") ? "EINVAL" : "EBUSY";
}
