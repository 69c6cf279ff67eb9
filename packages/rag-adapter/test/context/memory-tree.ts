import type { EvidenceTree } from "../../src/context/evidence-tree.ts";

/** Files by path; `link:TARGET` as content makes a link, to a path of the tree or an absolute one. */
export function memoryTree(
  files: Readonly<Record<string, string | Uint8Array>>,
  kept: readonly string[] = [],
): EvidenceTree & { readonly reads: string[] } {
  const root = "/p";
  const reads: string[] = [];
  const targetOf = (path: string): string | undefined => {
    const content = files[path];
    return typeof content === "string" && content.startsWith("link:")
      ? content.slice(5)
      : undefined;
  };
  const isFolder = (path: string): boolean =>
    path === "" || Object.keys(files).some((file) => file.startsWith(`${path}/`));
  const bytesOf = (path: string): Uint8Array => {
    const content = files[path] ?? "";
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
  };
  return {
    root,
    kept,
    reads,
    async list(folder) {
      const prefix = folder === "" ? "" : `${folder}/`;
      const inside = Object.keys(files).filter((path) => path.startsWith(prefix));
      const names = new Set(inside.map((path) => path.slice(prefix.length).split("/")[0] ?? ""));
      // an order that nobody should rely upon
      return [...names].toReversed().map((name) => {
        const path = `${prefix}${name}`;
        if (targetOf(path) !== undefined) return { name, kind: "link" };
        return { name, kind: isFolder(path) ? "folder" : "file" };
      });
    },
    async find(path) {
      const target = targetOf(path);
      if (target?.startsWith("/") === true) return { path: target, kind: "file", bytes: 1 };
      const real = target ?? path;
      const absolute = real === "" ? root : `${root}/${real}`;
      if (isFolder(real)) return { path: absolute, kind: "folder", bytes: 0 };
      if (files[real] === undefined) return undefined;
      return { path: absolute, kind: "file", bytes: bytesOf(real).length };
    },
    async read(path) {
      reads.push(path);
      return bytesOf(path.slice(root.length + 1));
    },
  };
}
