import type { FileSystem } from "./file-system.ts";
import { discard, makeBeside } from "./temporary.ts";

/**
 * Makes `path` a symbolic link to `target`, replacing a link or file there in one step: readers find the
 * old target or the new one. Not flushed; a power cut leaves the old link or the new one.
 */
export function swapLink(fs: FileSystem, target: string, path: string): void {
  const temporary = makeBeside(path, (name) => {
    fs.makeLink(target, name);
    return name;
  });
  try {
    fs.rename(temporary, path);
  } catch (error) {
    discard(fs, temporary);
    throw error;
  }
}
