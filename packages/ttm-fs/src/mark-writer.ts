import { isSystemError, makeFolders, writeAll } from "@tetra/durable-fs";
import type { Environment } from "./environment.ts";
import { formatMarks } from "./index-marks.ts";

/** Writes the marks of the index (I1). */
export interface MarkWriter {
  readonly mark: (ids: readonly string[]) => void;
  readonly close: () => void;
}

const encoder = new TextEncoder();

/**
 * Makes the writer of one store. It remembers what it wrote to the file that is there.
 * @param invalidate makes the cache one that nobody believes: called when a mark cannot be written
 */
export function markWriter(
  { fs }: Environment,
  { folder, path }: { readonly folder: string; readonly path: string },
  invalidate: () => void,
): MarkWriter {
  const marked = new Set<string>();
  let open: { readonly fd: number; readonly inode: number } | undefined;

  function openMarks(): number {
    const now = fs.stat(path);
    if (open !== undefined && now?.inode === open.inode) return open.fd;
    forget();
    if (now === undefined) makeFolders(fs, folder, { durable: false });
    const fd = fs.open(path, "append");
    open = { fd, inode: fs.statOpen(fd).inode };
    return fd;
  }

  function forget(): void {
    marked.clear();
    if (open !== undefined) fs.close(open.fd);
    open = undefined;
  }

  return {
    mark(ids) {
      try {
        for (;;) {
          const fd = openMarks();
          const fresh = ids.filter((id) => !marked.has(id));
          // looked at again after writing: they may have been set aside in between (I3)
          if (fresh.length === 0) return;
          writeAll(fs, fd, encoder.encode(formatMarks(fresh)));
          for (const id of fresh) marked.add(id);
        }
      } catch (error) {
        if (!isSystemError(error)) throw error;
        forget();
        invalidate();
      }
    },
    close: forget,
  };
}
