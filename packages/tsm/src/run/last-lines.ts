import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { isSystemError } from "@tetra/durable-fs";

const MOST_BYTES = 8192;

/** The last whole or torn lines that were appended to a log since it was `from` bytes long. */
export function lastLines(path: string, from: number, count = 10): readonly string[] {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(from, size - MOST_BYTES);
    const bytes = Buffer.alloc(Math.max(0, size - start));
    const length = readSync(fd, bytes, 0, bytes.length, start);
    const lines = bytes.toString("utf8", 0, length).split("\n");
    if (lines.at(-1) === "") lines.pop();
    return lines.slice(-count);
  } finally {
    closeSync(fd);
  }
}
