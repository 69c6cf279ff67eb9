import type { Candidate, Topics } from "@tetra/cli-kit";
import { STAGES } from "@tetra/tts-core";
import { BUILT_IN_TOPOLOGY } from "@tetra/tes";
import type { App } from "./app.ts";
import { withStore } from "./open-store.ts";
import { readTopology } from "./targets.ts";
import { isTwoPhase } from "./two-phase/is-two-phase.ts";

/** What could stand in places that only the data root knows of. */
export const TOPICS: Topics<App> = {
  transactions: (app, { current }) => ids(app, current),
  sagas: (app, { current }) => openSagas(app, current),
  "two-phase": (app, { current }) => openTwoPhase(app, current),
  steps: (app, { before }) => stepsOf(app, before),
  approvable: async (app, { current }) =>
    current.startsWith("@") ? symbols(app) : openSagas(app, current),
  "steps-or-ids": (app, { current, before }) =>
    before.some((word) => word.startsWith("@")) ? ids(app, current) : stepsOf(app, before),
  archives: (app) =>
    withStore(app, "read", async ({ store }) =>
      (await store.archived()).map((value) => ({ value })),
    ),
  stages: async () => STAGES.map((value) => ({ value })),
  targets: async (app) =>
    Object.entries(readTopology(app.places().topology) ?? BUILT_IN_TOPOLOGY).map(
      ([value, { type, host }]) => ({ value, summary: `${type} ${host}` }),
    ),
  symbols: (app) => symbols(app),
  actions: async (app) => {
    const { readActions } = await import("./actions/read-actions.ts");
    const { signatureOf } = await import("./actions/signature.ts");
    return readActions(app.places().actions).map((action) => ({
      value: action.name,
      summary: signatureOf(action),
    }));
  },
  events: async () =>
    [
      "txn_start",
      "stage_transition",
      "evidence_added",
      "tes_resolved",
      "txn_commit",
      "txn_fail",
    ].map((value) => ({ value })),
};

function ids(app: App, current: string): Promise<readonly Candidate[]> {
  return withStore(app, "read", async ({ store }) =>
    (await store.find(current)).map((value) => ({ value })),
  );
}

async function symbols(app: App): Promise<readonly Candidate[]> {
  const { listSymbols } = await import("@tetra/tes");
  const { reachOf } = await import("./tes/reach.ts");
  return listSymbols(reachOf(app).endpoints).map(({ symbol }) => ({ value: symbol }));
}

/** What is under way first, and what there is besides only when there is no such thing. */
function openSagas(app: App, current: string): Promise<readonly Candidate[]> {
  return withStore(app, "read", async ({ store }) => {
    const open = await store.list({ stage: "EXECUTE" });
    const found = open
      .filter(({ txn_id }) => txn_id.startsWith(current))
      .map(({ txn_id, description }) => ({ value: txn_id, summary: description }));
    return found.length > 0 ? found : (await store.find(current)).map((value) => ({ value }));
  });
}

function openTwoPhase(app: App, current: string): Promise<readonly Candidate[]> {
  return withStore(app, "read", async ({ store }) => {
    const open = await store.list({ stage: "EXECUTE" });
    return open
      .filter((state) => isTwoPhase(state) && state.txn_id.startsWith(current))
      .map(({ txn_id, description }) => ({ value: txn_id, summary: description }));
  });
}

/** Steps of the saga that was named before, or of the active one. */
function stepsOf(app: App, before: readonly string[]): Promise<readonly Candidate[]> {
  return withStore(app, "read", async ({ store }) => {
    const { readSaga, viewOf } = await import("@tetra/tts-core/saga");
    const all = await store.find("");
    const id = before.findLast((word) => all.includes(word)) ?? (await store.active()) ?? "";
    const { steps } = viewOf(await readSaga(store, id), app.clock.now());
    type Step = (typeof steps)[number];
    const each = ({ step, status, steps: inner }: Step): readonly Candidate[] =>
      inner.length === 0 ? [{ value: step, summary: status }] : inner.flatMap(each);
    return steps.flatMap(each);
  });
}
