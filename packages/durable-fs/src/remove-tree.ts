import type { FileSystem } from "./file-system.ts";
import { isSystemError } from "./system-error.ts";

/**
 * Removes a file, a link (not what it points to) or a folder with all that is in it. Nothing there is
 * fine, and so is somebody else who removes the same. Not flushed.
 */
export function removeTree(fs: FileSystem, path: string): void {
  const kind = fs.stat(path)?.kind;
  if (kind === undefined) return;
  try {
    if (kind === "folder") {
      for (const name of fs.names(path)) removeTree(fs, `${path}/${name}`);
      fs.removeFolder(path);
    } else {
      fs.removeFile(path);
    }
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}
