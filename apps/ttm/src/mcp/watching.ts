import { isTetraError } from "@tetra/errors";
import { layoutOf, servicePaths } from "@tetra/tsm";
import { statSync } from "node:fs";
import { serviceFolder } from "../agent-policy/known-services.ts";
import type { App } from "../app.ts";
import { withStore } from "../open-store.ts";
import { URIS } from "./resource-uris.ts";
import { allServices } from "./service-view.ts";
import type { Mode } from "./session.ts";

/** What somebody who watches is told. */
export interface Watched {
  /** What is at this address is not what it was. */
  readonly updated: (uri: string) => void;
  /** There are others than before. */
  readonly listChanged: () => void;
  readonly signal: AbortSignal;
}

/** How often it is looked where nobody tells. */
const LOOK_EVERY_MS = 2000;

/** Tells of changes of transactions until the signal. */
export function watchTransactions(app: App, mode: Mode, watched: Watched): Promise<void> {
  // following needs a store that may write: where nothing may be written, it is looked now and then
  return mode === "operate" ? followed(app, watched) : looked(app, watched);
}

async function followed(app: App, { updated, listChanged, signal }: Watched): Promise<void> {
  await withStore(app, "write", async ({ store }) => {
    const known = new Set<string>();
    const changes = store.changes({ signal })[Symbol.asyncIterator]();
    let next = changes.next();
    for (const { txn_id: id } of await store.list()) known.add(id);
    for (let each = await next; each.done !== true; each = await next) {
      next = changes.next();
      const id = each.value;
      if (!known.has(id)) {
        known.add(id);
        listChanged();
        updated(URIS.transactions);
      }
      updated(URIS.transaction(id));
      updated(URIS.events(id));
    }
  });
}

async function looked(app: App, watched: Watched): Promise<void> {
  const { updated, listChanged, signal } = watched;
  let known: ReadonlyMap<string, string> | undefined;
  while (!signal.aborted) {
    const now = await statesOf(app);
    const before = known ?? now;
    for (const [id, state] of now) {
      if (before.get(id) === state) continue;
      updated(URIS.transaction(id));
      updated(URIS.events(id));
    }
    if (before.size !== now.size || [...now.keys()].some((id) => !before.has(id))) {
      listChanged();
      updated(URIS.transactions);
    }
    known = now;
    await pause(signal);
  }
}

async function statesOf(app: App): Promise<ReadonlyMap<string, string>> {
  const states = await withStore(app, "read", ({ store }) => store.list());
  return new Map(states.map((state) => [state.txn_id, JSON.stringify(state)]));
}

/** Tells of changes of services and their logs until the signal. */
export async function watchServices(app: App, { updated, signal }: Watched): Promise<void> {
  const layout = layoutOf(serviceFolder(app));
  let known: ReadonlyMap<string, SeenService> | undefined;
  while (!signal.aborted) {
    const now = new Map(
      allServices(app, () => false).map(({ uptime_seconds: _age, ...view }) => {
        const { out, err } = servicePaths(layout, view.name);
        const state = JSON.stringify(view);
        return [view.name, { state, log: `${sizeOf(out)} ${sizeOf(err)}` }];
      }),
    );
    const before = known ?? now;
    for (const [name, { log }] of now) {
      if (before.get(name)?.log !== log) updated(URIS.serviceLogs(name));
    }
    const isOther = [...now].some(([name, { state }]) => before.get(name)?.state !== state);
    if (isOther || before.size !== now.size) updated(URIS.services);
    known = now;
    await pause(signal);
  }
}

interface SeenService {
  readonly state: string;
  readonly log: string;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Ends what watches as if it had come to its end; what keeps it from watching is told once. */
export async function quietly(app: App, watching: Promise<void>): Promise<void> {
  try {
    await watching;
  } catch (error) {
    if (!isTetraError(error)) throw error;
    app.err.print(`ttm mcp: changes are not told any more: ${error.message}`);
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LOOK_EVERY_MS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
