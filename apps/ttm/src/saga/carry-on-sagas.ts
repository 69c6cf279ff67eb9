import { type SagaStatus, work, type WorkerNote } from "@tetra/tts-core/saga";
import type { App } from "../app.ts";
import { withEngine } from "./engine.ts";
import { loadActions } from "./load-actions.ts";
import { toldNote } from "./told-note.ts";

/** A saga that was carried on by hand, and how it stands; or why it was not. */
export type CarriedOn =
  | { readonly id: string; readonly status: SagaStatus }
  | { readonly id: string; readonly error: string };

/** Carries on what nobody alive does, once, and says so. What somebody does is left to that one. */
export async function carryOnSagas(
  file: string | undefined,
  app: App,
): Promise<readonly CarriedOn[]> {
  const done: CarriedOn[] = [];
  const { actions, sagas } = await loadActions(file);
  const onNote = (note: WorkerNote): void => {
    done.push(carriedOn(note));
    if (app.out.mode !== "json") app.out.print(`Carried on: ${toldNote(note, app.clock.now())}`);
  };
  const [end, abort] = [new AbortController(), new AbortController()];
  const dispose = app.onStop(() => (end.signal.aborted ? abort : end).abort());
  try {
    await withEngine(app, { verb: "recover", actions }, ({ ports }) =>
      work(ports, {
        once: true,
        signal: end.signal,
        abort: abort.signal,
        expected: (name) => sagas.get(name),
        onNote,
      }),
    );
  } finally {
    dispose();
  }
  return done;
}

function carriedOn(note: WorkerNote): CarriedOn {
  if (note.type === "stopped") return { id: note.txn, status: note.view.status };
  const { txn: id, error } = note;
  return { id, error: error instanceof Error ? error.message : String(error) };
}
