import type { FileAttributes, Look, ProjectFiles } from "../../src/patch/project-files.ts";

type Node =
  | { readonly kind: "folder" }
  | { readonly kind: "link"; readonly target: string; readonly modifiedNs: string }
  | ({ readonly kind: "file"; readonly bytes: Uint8Array } & Required<
      Pick<FileAttributes, "mode">
    > & { readonly modifiedNs: string; readonly uid: number; readonly names?: number });

/** A process that stops in the middle, as kill -9 does. */
export class Killed extends Error {}

/** A project in memory: everything durable at once, one step after the other. */
export interface MemoryProject {
  readonly files: ProjectFiles;
  /** Called before each step that changes something; what it throws, the step throws. */
  before: (step: string) => void;
  put(
    path: string,
    text: string,
    more?: { readonly mode?: number; readonly names?: number; readonly uid?: number },
  ): void;
  link(path: string, target: string): void;
  remove(path: string): void;
  text(path: string): string | undefined;
  /** Everything there is, for comparing. */
  picture(): Readonly<Record<string, unknown>>;
}

const USER = 1000;

export function memoryProject(start: Readonly<Record<string, string>> = {}): MemoryProject {
  const nodes = new Map<string, Node>([["", { kind: "folder" }]]);
  let clock = 1_700_000_000_000_000_000n;
  const now = (): string => String((clock += 1_000_001n));

  function fail(code: string, path: string): never {
    throw Object.assign(new Error(`${code}: ${path}`), { code });
  }
  function folders(path: string): void {
    const parts = path.split("/").slice(0, -1);
    parts.forEach((_part, at) => nodes.set(parts.slice(0, at + 1).join("/"), { kind: "folder" }));
  }
  function get(path: string): Node {
    return nodes.get(path) ?? fail("ENOENT", path);
  }
  function place(path: string, node: Node): void {
    if (nodes.get(path.slice(0, Math.max(path.lastIndexOf("/"), 0)))?.kind !== "folder") {
      fail("ENOENT", path);
    }
    nodes.set(path, node);
  }
  function fresh(path: string, node: Node): void {
    if (nodes.has(path)) fail("EEXIST", path);
    place(path, node);
  }
  function look(path: string): Look | undefined {
    const node = nodes.get(path);
    if (node === undefined || node.kind !== "file") return node;
    const { bytes, mode, modifiedNs, uid, names = 1 } = node;
    const owner = { uid, gid: USER };
    return { kind: "file", bytes: bytes.length, mode, modifiedNs, owner, names };
  }
  function real(path: string): string {
    let at = "";
    for (const part of path === "" ? [] : path.split("/")) {
      at = at === "" ? part : `${at}/${part}`;
      const node = get(at);
      if (node.kind !== "link") continue;
      if (node.target.startsWith("/")) return node.target;
      at = real(node.target);
      if (!at.startsWith("/p")) return at;
      at = at.slice("/p/".length);
    }
    return at === "" ? "/p" : `/p/${at}`;
  }

  const project: MemoryProject = {
    before: () => {},
    files: {
      root: "/p",
      kept: ["/p/rag"],
      look,
      real,
      read(path) {
        const node = get(path);
        return node.kind === "file" ? node.bytes : fail("EISDIR", path);
      },
      mayOwn: ({ uid }) => uid === USER,
      create(path, bytes, { mode, owner, modifiedNs = now() }) {
        project.before("create");
        const uid = owner === undefined || owner.uid === -1 ? USER : owner.uid;
        // a torn file is what a process leaves that is killed while it writes
        fresh(path, { kind: "file", bytes: bytes.slice(0, 1), mode: 0o600, modifiedNs, uid });
        project.before("write");
        place(path, { kind: "file", bytes, mode, modifiedNs, uid });
      },
      link(target, path, modifiedNs = now()) {
        project.before("link");
        fresh(path, { kind: "link", target, modifiedNs });
      },
      publish(from, to) {
        project.before("publish");
        fresh(to, get(from));
      },
      rename(from, to) {
        project.before("rename");
        place(to, get(from));
        nodes.delete(from);
      },
      exchange(from, to) {
        project.before("exchange");
        const [a, b] = [get(from), get(to)];
        nodes.set(from, b);
        nodes.set(to, a);
      },
      remove(path) {
        project.before("remove");
        get(path);
        nodes.delete(path);
      },
      makeFolder(path) {
        project.before("makeFolder");
        fresh(path, { kind: "folder" });
      },
      removeFolder(path) {
        project.before("removeFolder");
        if ([...nodes.keys()].some((other) => other.startsWith(`${path}/`)))
          fail("ENOTEMPTY", path);
        nodes.delete(path);
      },
      flush(folder) {
        project.before("flush");
        get(folder);
      },
    },
    put(path, text, { mode = 0o644, names, uid = USER } = {}) {
      folders(path);
      const bytes = new TextEncoder().encode(text);
      const more = names === undefined ? {} : { names };
      nodes.set(path, { kind: "file", bytes, mode, modifiedNs: now(), uid, ...more });
    },
    link(path, target) {
      folders(path);
      nodes.set(path, { kind: "link", target, modifiedNs: now() });
    },
    remove: (path) => void nodes.delete(path),
    text(path) {
      const node = nodes.get(path);
      return node?.kind === "file" ? new TextDecoder().decode(node.bytes) : undefined;
    },
    picture() {
      const entries = [...nodes].map(([path, node]): [string, unknown] => [
        path,
        node.kind === "file" ? { ...node, bytes: new TextDecoder().decode(node.bytes) } : node,
      ]);
      return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
    },
  };
  for (const [path, text] of Object.entries(start)) project.put(path, text);
  return project;
}
