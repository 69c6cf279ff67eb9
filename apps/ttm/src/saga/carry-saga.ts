import { isTetraError } from "@tetra/errors";
import type { EventRecord } from "@tetra/tts-core";
import { type ActionRegistry, readSaga, type SagaView } from "@tetra/tts-core/saga";
import type { StopSignal } from "@tetra/cli-kit";
import type { App } from "../app.ts";
import type { Given } from "./consents.ts";
import { toldLeft } from "./end-left-commands.ts";
import { type Engine, whoTypes, withEngine } from "./engine.ts";
import { reportSaga } from "./report-saga.ts";
import { sagaDisplay } from "./saga-display.ts";

/** What a saga is carried on with. */
export interface Carrying {
  readonly verb: string;
  readonly actions?: ActionRegistry | undefined;
  readonly given?: Given;
  /** Where the saga was started, if not here. */
  readonly folder?: () => string | undefined;
  /** Told the id, once the transaction is there. */
  readonly onBegun?: (id: string, engine: Engine) => Promise<void>;
}

/**
 * Carries one saga on while a person looks: shows what happens, and takes Ctrl-C, first as a wish to undo
 * it, then to stop where it is.
 * @param go carries it on until the signal aborts.
 * @returns the exit status.
 */
export async function carrySaga(
  app: App,
  { verb, actions, given, folder, onBegun }: Carrying,
  go: (engine: Engine, signal: AbortSignal) => Promise<SagaView>,
): Promise<number> {
  const abort = new AbortController();
  let id: string | undefined;
  let begun: Promise<void> | undefined;
  let engine: Engine | undefined;
  const display = sagaDisplay(app, async () =>
    id === undefined || engine === undefined ? undefined : readSaga(engine.store, id),
  );

  function onEvent(txn: string, event: EventRecord): void {
    if (id === undefined) {
      id = txn;
      if (app.out.mode !== "terminal") display.note(`Saga: ${txn}`);
      if (engine !== undefined) begun = onBegun?.(txn, engine);
    }
    display.event(event);
  }

  async function wishToUndo(): Promise<void> {
    if (id === undefined || engine === undefined) {
      abort.abort();
      return;
    }
    try {
      await engine.sagas.cancel(id, { by: whoTypes(), why: "Ctrl-C" });
      display.note(
        "Cancelled: what was done is undone. Ctrl-C again stops at once, to be resumed.",
      );
    } catch (error) {
      if (!isTetraError(error, "PAST_PIVOT") && !isTetraError(error, "NOT_WAITING")) throw error;
      display.note(`${error.message}. Ctrl-C again stops at once, to be resumed.`);
    }
  }

  let count = 0;
  const stop = (signal: StopSignal): void => {
    count += 1;
    // only who types Ctrl-C is there to type it again
    if (signal !== "SIGINT" || count > 1) abort.abort();
    else wishToUndo().catch(() => abort.abort());
  };
  const dispose = app.onStop(stop);
  let view: SagaView | undefined;
  try {
    view = await withEngine(
      app,
      {
        verb,
        actions,
        folder,
        ...(given && { given }),
        onEvent,
        onLine: display.line,
        onLeft: (left) => display.note(toldLeft(left)),
      },
      async (made) => {
        engine = made;
        const end = await go(made, abort.signal);
        await begun;
        return end;
      },
    );
  } finally {
    dispose();
    display.end(view);
  }
  return reportSaga(view, app);
}
