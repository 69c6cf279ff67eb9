import type { FileSystem } from "./file-system.ts";

/** Makes the entries of a folder (not what is in its files) survive a power cut. */
export function flushFolder(fs: FileSystem, path: string): void {
  // "/.": a folder may be reached through a link, as `$TETRA_DIR` on another disk is; what counts is
  // the folder that has the entries
  const fd = fs.open(`${path}/.`, "folder");
  try {
    fs.flush(fd);
  } finally {
    fs.close(fd);
  }
}

/** The same without blocking the event loop. */
export async function flushFolderLater(fs: FileSystem, path: string): Promise<void> {
  const fd = fs.open(`${path}/.`, "folder");
  await fs.flushLater(fd).finally(() => fs.close(fd));
}
