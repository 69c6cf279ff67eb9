import {
  newEvent,
  type NewEvent,
  type TransactionState,
  type TransactionStore,
} from "@tetra/tts-core";

/** The field of a state that holds the folder in which a saga was started. */
const FIELD = "started_in";

/**
 * A store whose new transactions record, in the same append, the folder in which they were started: their
 * commands run there, whoever carries them on.
 */
export function recordingFolder(
  store: TransactionStore,
  folder: () => string | undefined,
): TransactionStore {
  function withFolder(events: readonly NewEvent[]): readonly NewEvent[] {
    const startedIn = folder();
    const [first] = events;
    if (startedIn === undefined || first === undefined) return events;
    return [...events, newEvent("txn_update", first.ts_ms, { changes: { [FIELD]: startedIn } })];
  }
  return {
    ...store,
    create: (id, events) => store.create(id, withFolder(events)),
    createLeased: (id, events, runner, options) =>
      store.createLeased(id, withFolder(events), runner, options),
  };
}

/** The folder in which a saga was started, if that is known. */
export function startingFolder(state: TransactionState): string | undefined {
  const folder = state[FIELD];
  return typeof folder === "string" ? folder : undefined;
}
