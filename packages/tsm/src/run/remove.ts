import { flushFolder, removeTree } from "@tetra/durable-fs";
import { servicePaths } from "../files/layout.ts";
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
