import { isTetraError } from "@tetra/errors";
import { foldSaga, readSaga, type SagaRecord, viewOf } from "@tetra/tts-core/saga";
import type { App, TtmRun } from "../app.ts";
import { following } from "../following.ts";
import { type Opened, withStore } from "../open-store.ts";
import { sagaDisplay } from "../saga/saga-display.ts";
import { sagaPage } from "../saga/saga-page.ts";
import { isTwoPhase } from "../two-phase/is-two-phase.ts";

/** `ttm show [id]` */
export const run: TtmRun = async (args, app) => {
  const shown = await withStore(app, "read", async (opened) => {
    const id = await opened.manager.resolveId(args.at(0));
    const record = await sagaOf(opened, id);
    if (record === undefined) {
      return isTwoPhase((await opened.store.load(id)).state) ? "two-phase" : "other";
    }
    return { status: await showSaga(record, { app, opened, follows: args.has("follow") }) };
  });
  if (typeof shown === "object") return shown.status;
  if (args.has("follow")) return (await import("./watch.ts")).run(args, app);
  const { run: other } =
    shown === "two-phase" ? await import("./2pc-show.ts") : await import("./status.ts");
  return other(args, app);
};

async function sagaOf({ store }: Opened, id: string): Promise<SagaRecord | undefined> {
  try {
    return await readSaga(store, id);
  } catch (error) {
    if (isTetraError(error, "NOT_A_SAGA")) return undefined;
    throw error;
  }
}

interface Showing {
  readonly app: App;
  readonly opened: Opened;
  readonly follows: boolean;
}

async function showSaga(record: SagaRecord, { app, opened, follows }: Showing): Promise<number> {
  const { out, clock } = app;
  const nowMs = clock.now();
  const view = viewOf(record, nowMs);
  const isUnderWay = view.status === "running" || view.status === "compensating";
  if (record.saga.ended === undefined && (follows || (isUnderWay && out.mode === "terminal"))) {
    return followSaga(record.transaction.id, app, opened);
  }
  if (out.mode === "json") out.json(view);
  else out.printAll(sagaPage(view, { nowMs, columns: out.columns }));
  return 0;
}

/** Shows it until it has ended. */
function followSaga(id: string, app: App, { store }: Opened): Promise<number> {
  const read = (): Promise<SagaRecord> => readSaga(store, id);
  const display = sagaDisplay(app, read);
  return following(app, async (signal) => {
    try {
      for await (const { event, text, folded } of store.watch(id, { signal })) {
        if (app.out.mode === "json") app.out.data(`${JSON.stringify(event ?? { text })}\n`);
        else if (event !== undefined) display.event(event);
        const isMove = folded && event?.event === "stage_transition";
        if (isMove && foldSaga(await store.read(id))?.ended !== undefined) return 0;
      }
      return 0;
    } finally {
      const view = viewOf(await read(), app.clock.now());
      display.end(view);
    }
  });
}
