/** A name in a folder. */
export interface TreeEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
}

/**
 * The files that evidence may come from. Apps fill it. Paths are relative to the root, parts joined by `/`; `""` is
 * the root. What the system refuses is thrown as an `Error` with Node's `code`.
 */
export interface EvidenceTree {
  /** Absolute, without links on the way. */
  readonly root: string;
  /** Folders that are never looked into, absolute and without links on the way: where Tetra keeps its own. */
  readonly kept: readonly string[];
  /** What is in a folder, in any order. */
  list(folder: string): Promise<readonly TreeEntry[]>;
  /** Where a path really is, all links followed, and what is there; `undefined` when nothing is. */
  find(
    path: string,
  ): Promise<
    { readonly path: string; readonly kind: TreeEntry["kind"]; readonly bytes: number } | undefined
  >;
  /** The content of a file by its absolute path. */
  read(path: string): Promise<Uint8Array>;
}
