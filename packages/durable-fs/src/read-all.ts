import type { FileSystem } from "./file-system.ts";

/** Reads an open file from byte `from` (default 0) to its end, also while it grows. */
export function readAll(fs: FileSystem, fd: number, from = 0): Uint8Array {
  const expected = Math.max(fs.statOpen(fd).size - from, 0);
  // one byte more than there should be: a full answer means that the file has grown since
  const first = fs.read(fd, from, expected + 1);
  if (first.length <= expected) return first;

  const parts = [first];
  let length = first.length;
  for (;;) {
    const part = fs.read(fd, from + length, 64 * 1024);
    if (part.length === 0) return concatenate(parts, length);
    parts.push(part);
    length += part.length;
  }
}

/** Reads a whole file. Throws like {@link FileSystem.open}: a link is refused (`ELOOP`). */
export function readFile(fs: FileSystem, path: string): Uint8Array {
  const fd = fs.open(path, "read");
  try {
    return readAll(fs, fd);
  } finally {
    fs.close(fd);
  }
}

function concatenate(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
