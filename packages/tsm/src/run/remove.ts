import { flushFolder, isSystemError, removeTree, tryLockFile } from "@tetra/durable-fs";
import { basename } from "node:path/posix";
import { servicePaths } from "../files/layout.ts";
import { isServiceName } from "../files/service-name.ts";
import type { Parts } from "./parts.ts";

/**
 * Removes what is kept of a service that has ended; the caller holds its lock. `meta.json` goes first:
 * without it the rest is no service, so that half a removal is none to anybody.
 */
export function removeService({ fs, layout }: Parts, name: string): void {
  const { folder, meta } = servicePaths(layout, name);
  const flat = `${layout.processes}/${name}.meta`;
  for (const path of [meta, flat]) if (fs.stat(path) !== undefined) fs.removeFile(path);
  removeTree(fs, folder);
  flushFolder(fs, layout.processes);
}

/**
 * Takes back the folder that a name was claimed by, for a start that came to nothing: one that holds
 * nothing but its lock. Who has the lock by now needs it.
 */
export function removeClaim({ fs, layout }: Pick<Parts, "fs" | "layout">, name: string): boolean {
  if (!isServiceName(name)) return false;
  const { folder, lock: path } = servicePaths(layout, name);
  const isEmpty = (): boolean =>
    fs.stat(folder)?.kind === "folder" && fs.names(folder).every((one) => one === basename(path));
  try {
    if (!isEmpty()) return false;
    const lock = tryLockFile(fs, path, { offset: 0, length: 1 });
    if (lock === undefined) return false;
    try {
      if (!isEmpty()) return false;
      removeTree(fs, folder);
      return true;
    } finally {
      lock.release();
    }
  } catch (error) {
    // why the start failed is told; the patrol removes it, too
    if (isSystemError(error)) return false;
    throw error;
  }
}
