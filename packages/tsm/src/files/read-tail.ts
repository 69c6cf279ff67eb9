import { type FileSystem, isSystemError } from "@tetra/durable-fs";

const decoder = new TextDecoder();

/** The end of a text file, which may begin within a line; `""` when there is no file. */
export function readTail(fs: FileSystem, path: string, bytes: number): string {
  let fd: number;
  try {
    fd = fs.open(path, "read");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return "";
    throw error;
  }
  try {
    const { size } = fs.statOpen(fd);
    const from = Math.max(0, size - bytes);
    return decoder.decode(fs.read(fd, from, size - from));
  } finally {
    fs.close(fd);
  }
}
