import type { EvidenceTree, TreeEntry } from "@tetra/rag-adapter/context";
import type { Dirent, Stats } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path/posix";

/** The files of a folder on this machine, for evidence. Both folders are without links on the way. */
export function evidenceFiles(place: {
  readonly root: string;
  readonly kept: readonly string[];
}): EvidenceTree {
  const { root, kept } = place;
  const at = (path: string): string => (path === "" ? root : join(root, path));
  return {
    root,
    kept,
    async list(folder) {
      const entries = await readdir(at(folder), { withFileTypes: true });
      return entries.map((entry): TreeEntry => ({ name: entry.name, kind: kindOf(entry) }));
    },
    async find(path) {
      try {
        const real = await realpath(at(path));
        const stats = await stat(real);
        return { path: real, kind: kindOf(stats), bytes: stats.size };
      } catch (error) {
        if (error instanceof Error && "code" in error && GONE.has(error.code)) return undefined;
        throw error;
      }
    },
    read: (path) => readFile(path),
  };
}

const GONE: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);

function kindOf(what: Dirent | Stats): TreeEntry["kind"] {
  if (what.isFile()) return "file";
  if (what.isDirectory()) return "folder";
  return what.isSymbolicLink() ? "link" : "other";
}
