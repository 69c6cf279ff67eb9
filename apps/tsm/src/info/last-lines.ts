import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** Lines longer than this, all together, are not for people. */
const MOST_BYTES = 16_384;

/** The last lines of a file; none when there is no such file. */
export function lastLines(path: string, count: number): readonly string[] {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return []; // whatever the reason, there is nothing to show
  }
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, MOST_BYTES));
    const length = readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString("utf8", 0, length).split("\n");
    if (lines.at(-1) === "") lines.pop();
    return lines.slice(-count);
  } finally {
    closeSync(fd);
  }
}
