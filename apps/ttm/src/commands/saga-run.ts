import type { Arguments } from "@tetra/cli-kit";
import type { SagaDefinition, StartOptions } from "@tetra/tts-core/saga";
import type { App, TtmRun } from "../app.ts";
import { carrySaga } from "../saga/carry-saga.ts";
import { askConsent, consents, type Given } from "../saga/consents.ts";
import { withEngine } from "../saga/engine.ts";
import { bothRegistries, loadActions } from "../saga/load-actions.ts";
import { loadSaga } from "../saga/load-saga.ts";
import { variablesGiven } from "../saga/variables.ts";

/** `ttm saga run <file>` */
export const run: TtmRun = async (args, app) => {
  // refused before anything is created
  const { definition, ...loaded } = await loadSaga(args.at(0) ?? "", variablesGiven(args));
  const { actions: more } = await loadActions(args.value("actions"));
  const target = args.value("target") ?? loaded.target ?? "@local";
  const dryRun = args.has("dry-run");
  const given = dryRun ? new Map() : await askConsent(definition, { target, args, app });
  const options = startOptions(args, { ...loaded, target, dryRun });
  if (args.has("detach")) return detach(definition, { options, given, app });
  return carrySaga(
    app,
    {
      verb: "saga run",
      actions: bothRegistries(loaded.actions, more),
      given,
      onBegun: (id, { store }) => store.activate(id),
    },
    ({ sagas }, signal) => sagas.run(definition, { ...options, signal }),
  );
};

function startOptions(
  args: Arguments,
  found: { readonly description?: string; readonly target: string; readonly dryRun: boolean },
): StartOptions {
  const description = args.value("description") ?? found.description;
  const agent = args.value("agent");
  return {
    target: found.target,
    dryRun: found.dryRun,
    ...(description === undefined ? {} : { description }),
    ...(agent === undefined ? {} : { agent }),
  };
}

interface Detached {
  readonly options: StartOptions;
  readonly given: Given;
  readonly app: App;
}

/** Records it for a worker, consents included. */
function detach(definition: SagaDefinition, { options, given, app }: Detached): Promise<void> {
  return withEngine(app, { verb: "saga run" }, async ({ sagas, store, manager }) => {
    const id = await sagas.start(definition, options);
    await store.activate(id);
    await consents(app, manager, given).record(id);
    if (app.out.mode === "json") app.out.json({ txn_id: id });
    else app.out.data(`${id}\n`); // the id and nothing else: scripts capture it
    if (app.out.mode === "terminal") {
      app.err.print("Recorded. ttm worker carries it on, or ttm saga resume.");
    }
  });
}
