import {
  isSystemError,
  makeFolders,
  nodeFileSystem,
  readFile,
  writeAll,
  writeFileAtomic,
} from "@tetra/durable-fs";
import { dirname, join } from "node:path";

/** Lines typed into the repl, of all that ran on a data root. */
export interface HistoryFile {
  /** The last lines, oldest first. */
  readonly lines: readonly string[];
  /** Adds a line. */
  add(line: string): void;
}

/** So many are kept. */
const MOST_LINES = 1000;

/**
 * Opens the history of the repl, `runtime/repl_history`, which only its user may read. Several at once add to it.
 * @param folder the service manager's
 * @throws a system error where it cannot be read or written
 */
export function openHistory(folder: string): HistoryFile {
  const fs = nodeFileSystem();
  const path = join(folder, "runtime/repl_history");
  makeFolders(fs, dirname(path), { durable: false });
  const all = textOf(path)
    .split("\n")
    .filter((line) => line !== "");
  const lines = all.slice(-MOST_LINES);
  if (all.length > 2 * MOST_LINES) {
    const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
    writeFileAtomic(fs, path, bytes, { durable: false });
  }
  return {
    lines,
    add(line) {
      const fd = fs.open(path, "append");
      try {
        writeAll(fs, fd, new TextEncoder().encode(`${line}\n`));
      } finally {
        fs.close(fd);
      }
    },
  };

  function textOf(file: string): string {
    try {
      return new TextDecoder().decode(readFile(fs, file));
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return "";
      throw error;
    }
  }
}
