import { type BigIntStats, lstatSync, readlinkSync } from "node:fs";
import { isSystemError } from "@tetra/durable-fs";
import { type BytePath, bytesOf } from "./byte-path.ts";

/** What stands at a path: all that a restore puts back, and what tells whether it was touched. */
export interface Entry {
  /** Relative to the folder; `""` is the folder itself. */
  readonly path: BytePath;
  readonly kind: "file" | "folder" | "link" | "special";
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a file; 0 for everything else. */
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Set by the kernel alone, at every change: it cannot be set back as the mtime can. */
  readonly ctimeNs: bigint;
  readonly inode: bigint;
  /** Where a link leads. */
  readonly target?: BytePath;
}

/** What stands at `path`, links not followed; `undefined` when nothing does. */
export function look(path: BytePath, relative: BytePath): Entry | undefined {
  const stats = statsAt(path);
  if (stats === undefined) return undefined;
  const kind = kindOf(stats);
  return {
    path: relative,
    kind,
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: kind === "file" ? Number(stats.size) : 0,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    inode: stats.ino,
    ...(kind === "link" ? { target: readlinkSync(bytesOf(path), "latin1") } : {}),
  };
}

/** Whether two are the same to whoever reads them. Folders: their own attributes, not what is in them. */
export function looksLike(a: Entry, b: Entry): boolean {
  return (
    a.kind === b.kind &&
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.size === b.size &&
    a.mtimeNs === b.mtimeNs &&
    a.target === b.target
  );
}

/** Whether nothing was done to an entry between two looks: not even something that was undone. */
export function isUntouched(before: Entry, now: Entry): boolean {
  return before.inode === now.inode && before.ctimeNs === now.ctimeNs && looksLike(before, now);
}

function statsAt(path: BytePath): BigIntStats | undefined {
  try {
    return lstatSync(bytesOf(path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isSystemError(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

function kindOf(stats: BigIntStats): Entry["kind"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  return stats.isSymbolicLink() ? "link" : "special";
}
