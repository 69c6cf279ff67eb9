import { join } from "node:path/posix";
import { isSystemError, writeAll } from "@tetra/durable-fs";
import { isTransactionId } from "@tetra/tts-core";
import { namesIn } from "./blob-files.ts";
import type { Environment } from "./environment.ts";
import { HIDDEN } from "./layout.ts";

// Telling whoever follows all transactions which of them change, in any process. The marks of the index
// cannot: an id is marked once for a base, not at each change. Nobody following costs a writer one look.
//
// F1. A follower has a file in `.follow/`: made hidden, locked, renamed into place. From then on writers
//     see it. Its lock is held while it follows: a file whose lock is free is a dead one's, and goes.
// F2. A writer tells twice, looking for followers each time anew: that an id is about to change, before it
//     writes the log, and that it has changed, when the log has it. So who began to follow before the log
//     was written hears of it, and whoever reads on hearing the second finds it. (A writer who is killed
//     before the second, and whose first look found nobody, is not heard: nothing of it was acknowledged.)
// F3. Where only the first is heard the writer may have died in between: the id is brought once the
//     transaction's append lock is free.
// F4. A follower replaces its file when that has grown, and then reads the old one to its end. A writer looks
//     after writing whether the file is still the one in its place, and writes anew if it is not.
// F5. A follower whose file is gone makes a new one and brings every id there is, as it does when there is
//     garbage in it. So who cannot write to a file removes it.
// F6. Followers of the same store are told in memory, and only when the log has it.

/** Byte 0 of a follower's file is locked while it follows. */
export const FOLLOWER_LOCK = { offset: 0, length: 1 } as const;

/** Tells followers. */
export interface Followers {
  /** F2: these are about to be written. */
  about(ids: readonly string[]): void;
  /** F2: these are written. */
  changed(ids: readonly string[]): void;
  /** Adds a follower of this store, and the name of its file, which is not written to (F6). */
  add(name: string, follower: (id: string) => void): void;
  remove(name: string): void;
  /** Closes what is open. */
  close(): void;
}

/** What a line in a follower's file says. */
export type ChangeLine =
  | { readonly type: "about"; readonly id: string }
  | { readonly type: "changed"; readonly id: string };

interface FollowerFile {
  readonly fd: number;
  readonly inode: number;
  /** Lines until it is looked again whether its follower lives. */
  linesToLook: number;
}

/** What a follower who was killed may still cost. */
const LINES_BETWEEN_LOOKS = 1000;
const encoder = new TextEncoder();

/** Makes what tells the followers of one store's folder. */
export function followers({ fs, root }: Environment): Followers {
  const folder = join(root, HIDDEN.follow);
  const own = new Map<string, (id: string) => void>();
  const files = new Map<string, FollowerFile>();

  function tell(type: ChangeLine["type"], ids: readonly string[]): void {
    const names = fs.stat(folder)?.kind === "folder" ? namesIn(fs, folder) : [];
    for (const name of files.keys()) if (!names.includes(name)) forget(name);
    for (const name of names) {
      if (name.startsWith(".") || own.has(name)) continue;
      try {
        tellOne(name, formatChanges(type, ids), ids.length);
      } catch (error) {
        if (!isSystemError(error)) throw error;
        dismiss(name); // F5
      }
    }
  }

  /** F4 */
  function tellOne(name: string, text: string, lines: number): void {
    for (let written: FollowerFile | undefined; ;) {
      const file = fileOf(name);
      if (file === undefined || file === written) return;
      writeAll(fs, file.fd, encoder.encode(text));
      file.linesToLook -= lines;
      written = file;
    }
  }

  /** The file in its place, if its follower lives. */
  function fileOf(name: string): FollowerFile | undefined {
    const now = fs.stat(join(folder, name));
    let file = files.get(name);
    if (file === undefined || file.inode !== now?.inode) {
      forget(name);
      if (now === undefined) return undefined;
      const fd = fs.open(join(folder, name), "append");
      file = { fd, inode: fs.statOpen(fd).inode, linesToLook: 0 };
      files.set(name, file);
    }
    if (file.linesToLook > 0) return file;
    file.linesToLook = LINES_BETWEEN_LOOKS;
    if (!isDead(file)) return file;
    // replaced in this moment, or its follower has died
    if (fs.stat(join(folder, name))?.inode !== file.inode) return fileOf(name);
    dismiss(name);
    return undefined;
  }

  /** F1 */
  function isDead({ fd }: FollowerFile): boolean {
    const range = { ...FOLLOWER_LOCK, shared: true };
    if (!fs.tryLock(fd, range)) return false;
    fs.unlock(fd, range);
    return true;
  }

  function dismiss(name: string): void {
    forget(name);
    try {
      fs.removeFile(join(folder, name));
    } catch (error) {
      if (!isSystemError(error)) throw error; // gone already, or nobody can change anything here
    }
  }

  function forget(name: string): void {
    const file = files.get(name);
    files.delete(name);
    if (file !== undefined) fs.close(file.fd);
  }

  return {
    about: (ids) => tell("about", ids),
    changed(ids) {
      for (const follower of own.values()) for (const id of ids) follower(id);
      tell("changed", ids);
    },
    add: (name, follower) => void own.set(name, follower),
    remove: (name) => void own.delete(name),
    close() {
      for (const name of files.keys()) forget(name);
    },
  };
}

function formatChanges(type: ChangeLine["type"], ids: readonly string[]): string {
  return ids.map((id) => `${JSON.stringify({ [type]: id })}\n`).join("");
}

/** Reads whole lines; `undefined`: one of them is garbage. */
export function parseChanges(text: string): readonly ChangeLine[] | undefined {
  const changes: ChangeLine[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    const change = parseChange(line);
    if (change === undefined) return undefined;
    changes.push(change);
  }
  return changes;
}

function parseChange(line: string): ChangeLine | undefined {
  for (const type of ["about", "changed"] as const) {
    const start = `{"${type}":`;
    if (!line.startsWith(start) || !line.endsWith("}")) continue;
    try {
      const id: unknown = JSON.parse(line.slice(start.length, -1));
      if (typeof id === "string" && isTransactionId(id)) return { type, id };
    } catch {
      return undefined;
    }
  }
  return undefined;
}
