import {
  chmodSync,
  type Dirent,
  lstatSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { isSystemError } from "@tetra/durable-fs";
import { type BytePath, bytesOf } from "./byte-path.ts";
import { pacer } from "./pacer.ts";

/**
 * Removes a folder with all that is in it, however deep it is and whatever its modes are. Folders in it are first moved
 * to its top, so that no path gets longer than the kernel takes. Done again after a kill it goes on.
 */
export async function removeFlat(top: BytePath): Promise<void> {
  const pace = pacer();
  const unique = randomBytes(6).toString("hex");
  const todo: BytePath[] = [];
  let moved = 0;

  async function clear(folder: BytePath): Promise<void> {
    makeWritable(folder);
    for (const entry of entriesOf(folder)) {
      await pace();
      const path = `${folder}/${entry.name}`;
      if (!entry.isDirectory()) {
        unlinkSync(bytesOf(path));
      } else if (folder === top) {
        todo.push(path);
      } else {
        moved += 1;
        const flat = `${top}/${unique}-${moved}`;
        moveFolder(path, flat);
        todo.push(flat);
      }
    }
  }

  if (!exists(top)) return;
  await clear(top);
  for (let folder = todo.pop(); folder !== undefined; folder = todo.pop()) {
    await clear(folder);
    rmdirSync(bytesOf(folder));
  }
  rmdirSync(bytesOf(top));
}

/** Renames a folder; its own mode may forbid that, because its `..` changes. */
export function moveFolder(from: BytePath, to: BytePath): void {
  makeWritable(from);
  renameSync(bytesOf(from), bytesOf(to));
}

/** Lets its owner change what is in a folder. Root may anyway. */
export function makeWritable(folder: BytePath): void {
  if (process.geteuid?.() === 0) return;
  const { mode } = lstatSync(bytesOf(folder));
  if ((mode & 0o700) !== 0o700) chmodSync(bytesOf(folder), (mode & 0o7777) | 0o700);
}

/** With their kinds, which the kernel tells along with the names: no look at each. */
function entriesOf(folder: BytePath): Dirent[] {
  return readdirSync(bytesOf(folder), { encoding: "latin1", withFileTypes: true });
}

function isFolder(path: BytePath): boolean {
  return lstatSync(bytesOf(path)).isDirectory();
}

function exists(path: BytePath): boolean {
  try {
    return isFolder(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
}
