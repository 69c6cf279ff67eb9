import type { FlowFiles, FlowFileStat, PlannedItem, TreeItem } from "@tetra/rag-adapter";
import { dirname, join, resolve } from "node:path/posix";

type Node =
  | { readonly kind: "file"; readonly bytes: Uint8Array }
  | { readonly kind: "folder" }
  | { readonly kind: "link"; readonly target: string };

/** Files that are kept in memory, by absolute path. */
export interface MemoryFiles extends FlowFiles {
  /** Puts something there, and the folders above it. */
  put(path: string, content: string | { readonly link: string }): void;
  /** The text of a file; `undefined` when it is not there. */
  text(path: string): string | undefined;
  /** Everything below a folder: text of files, `→ target` of links, `/` of folders. */
  all(folder: string): Readonly<Record<string, string>>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Files in memory. Locks exclude within this process, in turn. */
export function memoryFiles(): MemoryFiles {
  const nodes = new Map<string, Node>([["/", { kind: "folder" }]]);
  const turns = new Map<string, Promise<unknown>>();

  function folders(path: string): void {
    if (path === "/" || nodes.has(path)) return;
    folders(dirname(path));
    nodes.set(path, { kind: "folder" });
  }

  function set(path: string, node: Node): void {
    folders(dirname(path));
    nodes.set(path, node);
  }

  function real(path: string): string | undefined {
    let at = path;
    for (let links = 0; links < 40; links += 1) {
      const node = nodes.get(at);
      if (node?.kind !== "link") return node === undefined ? undefined : at;
      at = resolve(dirname(at), node.target);
    }
    return undefined;
  }

  function below(folder: string): readonly (readonly [string, Node])[] {
    return [...nodes]
      .filter(([path]) => path.startsWith(`${folder}/`))
      .map(([path, node]) => [path.slice(folder.length + 1), node] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  return {
    async stat(path): Promise<FlowFileStat | undefined> {
      const node = nodes.get(path);
      if (node === undefined) return undefined;
      if (node.kind === "link") return { kind: "link", bytes: 0, target: node.target };
      return { kind: node.kind, bytes: node.kind === "file" ? node.bytes.length : 0 };
    },
    real: async (path) => real(path),
    async read(path) {
      const node = nodes.get(real(path) ?? "");
      return node?.kind === "file" ? node.bytes : undefined;
    },
    names: async (folder) => below(folder).flatMap(([path]) => (path.includes("/") ? [] : [path])),
    makeFolder: async (path) => folders(path),
    replace: async (path, bytes) => set(path, { kind: "file", bytes }),
    async rename(from, to) {
      const node = nodes.get(from);
      if (node === undefined) throw Object.assign(new Error(from), { code: "ENOENT" });
      set(to, node);
      nodes.delete(from);
    },
    async remove(path) {
      nodes.delete(path);
    },
    link: async (target, path) => set(path, { kind: "link", target }),
    sweep: async () => undefined,
    exclusively(lock, run) {
      const done = (turns.get(lock) ?? Promise.resolve()).then(run);
      turns.set(
        lock,
        done.catch(() => undefined),
      );
      return done;
    },
    tree: async (folder) =>
      below(folder).map(([path, node]): TreeItem =>
        node.kind === "link"
          ? { path, kind: "link", target: node.target }
          : { path, kind: node.kind },
      ),
    async publish(to, plan) {
      if (nodes.has(to)) return false;
      set(to, { kind: "folder" });
      for (const item of plan) set(join(to, item.path), nodeOf(item));
      return true;
    },
    put: (path, content) =>
      set(
        path,
        typeof content === "string"
          ? { kind: "file", bytes: encoder.encode(content) }
          : { kind: "link", target: content.link },
      ),
    text(path) {
      const node = nodes.get(path);
      return node?.kind === "file" ? decoder.decode(node.bytes) : undefined;
    },
    all: (folder) =>
      Object.fromEntries(
        below(folder).map(([path, node]) => {
          if (node.kind === "link") return [path, `→ ${node.target}`];
          return [path, node.kind === "file" ? decoder.decode(node.bytes) : "/"];
        }),
      ),
  };

  function nodeOf(item: PlannedItem): Node {
    if (item.kind === "link") return { kind: "link", target: item.target };
    if (item.kind === "folder") return { kind: "folder" };
    if (item.kind === "content") return { kind: "file", bytes: item.bytes };
    const from = nodes.get(item.from);
    return from ?? { kind: "file", bytes: new Uint8Array() };
  }
}
