import {
  type Candidate,
  complete,
  FILES_MARK,
  formatOffer,
  parseCommandLine,
} from "@tetra/cli-kit";
import { STAGES } from "@tetra/tts-core";
import { BUILT_IN_TOPOLOGY } from "@tetra/tes";
import type { App } from "./app.ts";
import { COMMAND_LINE } from "./command-line.ts";
import { withStore } from "./open-store.ts";
import { readTopology } from "./targets.ts";
import { isTwoPhase } from "./two-phase/is-two-phase.ts";

type Places = { readonly dir?: string | undefined; readonly module?: string | undefined };

/**
 * Answers a shell that asks what the last of the words could become. Says nothing of errors: they
 * would land in the line that is being written.
 * @returns the exit status.
 */
export async function completeWords(
  words: readonly string[],
  appOf: (places: Places) => App,
): Promise<number> {
  const offer = complete(COMMAND_LINE, words);
  const current = words.at(-1) ?? "";
  if (offer.type === "files") {
    appOf({}).out.data(`${FILES_MARK}\n`);
    return 0;
  }
  if (offer.type === "candidates") {
    appOf({}).out.data(formatOffer(offer.candidates, current));
    return 0;
  }
  const request = parseCommandLine(COMMAND_LINE, [...offer.globals, "version"]);
  const { args } = request.type === "run" ? request : { args: undefined };
  const app = appOf({ dir: args?.value("dir"), module: args?.value("module") });
  const known = Object.hasOwn(TOPICS, offer.topic) ? TOPICS[offer.topic] : undefined;
  try {
    const { prefix = "" } = offer;
    const found = (await known?.(app, current.slice(prefix.length), words.slice(0, -1))) ?? [];
    const whole = found.map(({ value, summary = "" }) => ({ value: prefix + value, summary }));
    app.out.data(formatOffer(whole, current));
    return 0;
  } catch {
    return 1; // no store, no data root, a broken topology: nothing to offer
  }
}

type Topic = (
  app: App,
  current: string,
  before: readonly string[],
) => Promise<readonly Candidate[]>;

const TOPICS: Readonly<Record<string, Topic>> = {
  transactions: (app, current) => ids(app, current),
  sagas: (app, current) => openSagas(app, current),
  "two-phase": (app, current) => openTwoPhase(app, current),
  steps: (app, _current, before) => stepsOf(app, before),
  approvable: async (app, current) =>
    current.startsWith("@") ? symbols(app) : openSagas(app, current),
  "steps-or-ids": (app, current, before) =>
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
  commands: async () => {
    const offer = complete(COMMAND_LINE, [""]);
    return offer.type === "candidates" ? offer.candidates : [];
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
