import type { FileSystem } from "@tetra/durable-fs";
import { type Flows, flowsIn, promoteFlow, type Sessions, sessionsIn } from "@tetra/rag-adapter";
import { type FolderStore, openFolderStore } from "@tetra/ttm-fs";
import { flowFiles } from "../../src/flows/flow-files.ts";

/** A project on a disk. */
export const FLOWS = "/p/rag/flows";
/** Where flows of all projects are. */
export const GLOBAL = "/home/.tetra/rag/flows";
/** The flow that every story is about. */
export const ID = "add-login-20251018T143022";

const AT_MS = Date.UTC(2025, 9, 18, 14, 30, 22);
const CLOCK = { now: () => AT_MS, offsetMinutes: () => 0 };

/** A project's flows and sessions, by a process. */
export interface FlowDisk {
  readonly flows: Flows;
  readonly sessions: Sessions;
  readonly store: FolderStore;
  readonly promote: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Opens the flows on a simulated disk; `seed` makes the names of a process its own. */
export async function openFlows(fs: FileSystem, seed = "a"): Promise<FlowDisk> {
  let count = 0;
  const random = (): string => `${seed}${(count += 1)}`;
  const store = await openFolderStore(
    { folder: FLOWS, fs },
    { random, bootId: () => "boot-1", nowMs: () => AT_MS, later: () => () => undefined },
  );
  const files = flowFiles({ fs, random });
  const sessions = sessionsIn({ files, clock: CLOCK, folder: "/p/rag/sessions" });
  return {
    store,
    sessions,
    flows: flowsIn({ store, files, clock: CLOCK, folder: FLOWS, sessions }),
    promote: () => promoteFlow({ store, files, from: FLOWS, to: GLOBAL }, ID),
    close: () => store.close(),
  };
}

/** Everything below a folder: text of files, `→ target` of links, `/` of folders. */
export function treeOf(fs: FileSystem, folder: string, prefix = ""): Record<string, string> {
  const tree: Record<string, string> = {};
  if (fs.stat(folder)?.kind !== "folder") return tree;
  for (const name of fs.names(folder).toSorted()) {
    const path = `${folder}/${name}`;
    const kind = fs.stat(path)?.kind;
    if (kind === "folder") {
      tree[`${prefix}${name}`] = "/";
      Object.assign(tree, treeOf(fs, path, `${prefix}${name}/`));
    } else {
      tree[`${prefix}${name}`] = kind === "link" ? `→ ${fs.readLink(path)}` : textOf(fs, path);
    }
  }
  return tree;
}

function textOf(fs: FileSystem, path: string): string {
  const fd = fs.open(path, "read");
  try {
    return new TextDecoder().decode(fs.read(fd, 0, 1e6));
  } finally {
    fs.close(fd);
  }
}
