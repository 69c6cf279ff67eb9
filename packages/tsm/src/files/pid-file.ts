import { type FileSystem, isSystemError, readFile } from "@tetra/durable-fs";
import type { Platform } from "../platform/platform.ts";

/** Between the start of a process and the writing of its pid lies rounding. */
const ROUNDING_MS = 2000;

/**
 * Whether a pid file names a process that lives. One that began after the file was written got the pid
 * of the one that was meant.
 */
export function pidLives(
  { fs, platform }: { readonly fs: FileSystem; readonly platform: Platform },
  path: string,
): boolean {
  const stat = fs.stat(path);
  const pid = Number.parseInt(textOf(fs, path), 10);
  const process = Number.isInteger(pid) ? platform.process(pid) : undefined;
  if (stat === undefined || process === undefined || process.state === "zombie") return false;
  return platform.startedAtMs(process) <= stat.mtimeMs + ROUNDING_MS;
}

function textOf(fs: FileSystem, path: string): string {
  try {
    return new TextDecoder().decode(readFile(fs, path));
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return "";
    throw error;
  }
}
