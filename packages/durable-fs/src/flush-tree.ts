import type { FileSystem } from "./file-system.ts";

/**
 * Flushes a file, or a folder with every file and folder in it; links are left as they are. The folder
 * that `path` is in is not flushed.
 */
export async function flushTree(fs: FileSystem, path: string): Promise<void> {
  const kind = fs.stat(path)?.kind;
  if (kind !== "file" && kind !== "folder") return;
  if (kind === "folder") {
    for (const name of fs.names(path)) await flushTree(fs, `${path}/${name}`);
  }
  const fd = fs.open(path, kind === "folder" ? "folder" : "read");
  try {
    await fs.flushLater(fd);
  } finally {
    fs.close(fd);
  }
}
