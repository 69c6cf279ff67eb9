import { TetraError } from "@tetra/errors";
import { formatState, idStamp, type TransactionStore, type TtsErrorCode } from "@tetra/tts-core";
import { flowPaths } from "./folder/flow-paths.ts";
import type { FlowFiles, PlannedItem, TreeItem } from "./flow-files.ts";

/** From where to where a flow is copied. */
export interface Promotion {
  /** Where the flow's log is. */
  readonly store: TransactionStore;
  readonly files: FlowFiles;
  /** The store's folder of flows, absolute. */
  readonly from: string;
  /** The other folder of flows, absolute. */
  readonly to: string;
}

/**
 * Copies a flow to another folder of flows, and leaves the one that is there. The copy is visible whole or not
 * at all; after a crash the same again makes it.
 * @returns the folder of the copy.
 * @throws TetraError `NOT_FOUND` when the flow is not in `from`, `EXISTS` when one of that id is in `to`,
 *   `INVALID_ID`.
 */
export async function promoteFlow(
  { store, files, from, to }: Promotion,
  id: string,
): Promise<string> {
  const { state, revision } = await store.load(id);
  const paths = flowPaths(from, id);
  const real = await files.real(from);
  const flow: PromotedFlow = {
    id,
    folder: paths.folder,
    roots: real === undefined || real === from ? [from] : [from, real],
    // the file may be behind the log, and nobody would write the copy's again
    state: formatState(state, revision),
  };
  const target = `${to}/${id}`;
  await files.makeFolder(to);
  const isMade = await files.exclusively(paths.lock, async () =>
    files.publish(target, promotionPlan(await files.tree(paths.folder), flow)),
  );
  if (isMade) return target;
  throw new TetraError<TtsErrorCode>("EXISTS", `${id}: a flow of this id is in ${to} already`, {
    hint: "remove that one, or keep it",
    details: { id },
  });
}

/** What a flow is called, and where it lies. */
export interface PromotedFlow {
  readonly id: string;
  readonly folder: string;
  /** The folder of flows by all its names. */
  readonly roots: readonly string[];
  /** The text of `state.json`. */
  readonly state: string;
}

const STATE = "state.json";
/** Copied first: evidence that is added meanwhile may lack its line, but no line its evidence. */
const LOG = "events.ndjson";
const encoder = new TextEncoder();

/**
 * How a flow is made anew elsewhere:
 *
 * - Locks, and what is on its way into the context, belong to the place and are left out.
 * - A link in the flow's own folder to another flow is a stray of the original's and is left out.
 * - A link to something in the flow becomes relative, so that it leads to the copy.
 * - A relative link out of the flow becomes absolute, so that it leads where it led.
 */
export function promotionPlan(
  tree: readonly TreeItem[],
  flow: PromotedFlow,
): readonly PlannedItem[] {
  const kept = tree.filter((item) => !isOfThePlace(item.path) && !isStray(item, flow));
  const log = kept.filter(({ path }) => path === LOG);
  const rest = kept.filter(({ path }) => path !== LOG && path !== STATE);
  const state: PlannedItem = { path: STATE, kind: "content", bytes: encoder.encode(flow.state) };
  const others = [...log, ...rest].map((item): PlannedItem => {
    const { path, kind } = item;
    switch (kind) {
      case "folder":
        return { path, kind };
      case "file":
        return { path, kind: "copy", from: `${flow.folder}/${path}` };
      case "link":
        return { path, kind, target: relinked(path, item.target ?? "", flow) };
    }
  });
  return [state, ...others];
}

function isOfThePlace(path: string): boolean {
  return path === "locks" || path.startsWith("locks/") || path.startsWith("ctx/.incoming-");
}

/** The original moved `active` by putting a link to the new flow into the folder of the active one. */
function isStray({ path, kind, target = "" }: TreeItem, { folder, roots }: PromotedFlow): boolean {
  if (kind !== "link" || path.includes("/")) return false;
  const leads = resolved(folder, target);
  const name = leads.slice(leads.lastIndexOf("/") + 1);
  const parent = leads.slice(0, leads.lastIndexOf("/"));
  return roots.includes(parent) || (name === path && idStamp(name) !== "");
}

function relinked(path: string, target: string, { id, folder, roots }: PromotedFlow): string {
  const at = `${folder}/${path}`.split("/").slice(0, -1).join("/");
  const leads = resolved(at, target);
  const own = roots.map((root) => `${root}/${id}`);
  const home = own.find((one) => leads === one || leads.startsWith(`${one}/`));
  if (home === undefined) return target.startsWith("/") ? target : leads;
  if (!target.startsWith("/")) return target;
  const depth = path.split("/").length - 1;
  const inside = leads.slice(home.length + 1);
  return `${"../".repeat(depth)}${inside}` || ".";
}

/** Where a link in `folder` leads, going by its text. */
function resolved(folder: string, target: string): string {
  const parts: string[] = [];
  for (const part of (target.startsWith("/") ? target : `${folder}/${target}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
