import { systemError } from "../system-error.ts";
import type { FolderInode, Inode } from "./inode.ts";

/** Where a path leads. */
export interface Place {
  readonly folder: FolderInode;
  /** `.` when the path ends in `.`, `..` or is `/`: a place that cannot be made, moved or removed. */
  readonly name: string;
  readonly inode: Inode | undefined;
}

const MOST_LINKS = 40;
const LONGEST_NAME = 255;

/**
 * Finds a path as the kernel does: links on the way are followed, one at the end with `follow`.
 * Throws `ENOENT`, `ENOTDIR`, `ELOOP` or `ENAMETOOLONG`; only the last name may be missing.
 */
export function walk(
  root: FolderInode,
  path: string,
  { syscall, follow = false }: { readonly syscall: string; readonly follow?: boolean },
): Place {
  if (!path.startsWith("/")) throw new Error(`not an absolute path: ${path}`);
  const ahead = namesOf(path).toReversed();
  let links = 0;
  let folder = root;
  let place: Place = { folder, name: ".", inode: folder };
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    place = step(folder, name, { syscall, path });
    const { inode } = place;
    if (inode?.kind === "link" && (follow || ahead.length > 0)) {
      links += 1;
      if (links > MOST_LINKS) throw systemError("ELOOP", syscall, path);
      ahead.push(...namesOf(inode.target).toReversed());
      if (inode.target.startsWith("/")) folder = root;
      place = { folder, name: ".", inode: folder };
    } else if (ahead.length > 0) {
      if (inode === undefined) throw systemError("ENOENT", syscall, path);
      if (inode.kind !== "folder") throw systemError("ENOTDIR", syscall, path);
      folder = inode;
    }
  }
  return place;
}

function step(
  folder: FolderInode,
  name: string,
  { syscall, path }: { readonly syscall: string; readonly path: string },
): Place {
  if (name === ".") return { folder, name: ".", inode: folder };
  if (name === "..") {
    const parent = folder.parent ?? folder;
    return { folder: parent, name: ".", inode: parent };
  }
  if (name.length > LONGEST_NAME || Buffer.byteLength(name) > LONGEST_NAME) {
    throw systemError("ENAMETOOLONG", syscall, path);
  }
  return { folder, name, inode: folder.entries.get(name) };
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}
