import { isTetraError, TetraError } from "@tetra/errors";
import { checkBlobName } from "../context/blob-name.ts";
import type { Lease, Runner, TransactionStore } from "../ports.ts";
import { type EventRecord, type NewEvent, seal } from "../transaction/event.ts";
import { checkTransactionId } from "../transaction/id.ts";
import { canonicalJson } from "./definition-digest.ts";
import type { SagaErrorCode } from "./errors.ts";
import { evolveSaga } from "./evolve-saga.ts";
import type { Json } from "./json.ts";
import { readSaga } from "./saga-log.ts";

/** A saga as one JSON document: its log, and the results that are kept beside it. */
export interface ExportedSaga {
  readonly format: "tetra-saga";
  readonly version: 1;
  readonly txn_id: string;
  /** The events of its log in order, without their places. */
  readonly events: readonly EventRecord[];
  /** Large results by the name of their artifact. */
  readonly results: Readonly<Record<string, Json>>;
}

const RESULTS = /^results\/.+\.json$/u;

/**
 * A saga as a document that `importSaga` makes a saga of again, in any store. It holds no secrets, as
 * the log holds none.
 * @throws TetraError `NOT_FOUND`, `NOT_A_SAGA`, `IO`
 */
export async function exportSaga(store: TransactionStore, id: string): Promise<ExportedSaga> {
  await readSaga(store, id);
  const events = await eventsOf(store, id);
  const results: [string, Json][] = [];
  for (const name of await store.listArtifacts(id)) {
    if (!RESULTS.test(name)) continue;
    results.push([name, jsonOf(await store.readArtifact(id, name))]);
  }
  return {
    format: "tetra-saga",
    version: 1,
    txn_id: id,
    events,
    results: Object.fromEntries(results),
  };
}

async function eventsOf(store: TransactionStore, id: string): Promise<readonly EventRecord[]> {
  return (await store.read(id)).flatMap(({ event, folded }) => {
    if (event?.seq === undefined || !folded) return [];
    const { seq: _place, more: _rest, ...told } = event;
    return [told];
  });
}

/**
 * Makes a saga again of what `exportSaga` gave, under its own id. What it was exported from does not
 * know of it: let only one of the two be carried on. When a crash cut it off, call it again: it writes
 * the results that are missing.
 * @returns the transaction's id.
 * @throws TetraError `INVALID_SAGA`, `INVALID_ID`, `INVALID_INPUT` when the document is none; `EXISTS` when
 *   the id is taken; `BUSY` when somebody carries on what a crash cut off; `IO`
 */
export async function importSaga(
  store: TransactionStore,
  document: unknown,
  runner: Runner,
): Promise<string> {
  const wanted = checkExported(document);
  const { txn_id: id, results } = wanted;
  // under its lease, so that nobody carries it on before its results are there
  const lease = await createOrGoOn(store, wanted, runner);
  try {
    const there = await store.listArtifacts(id);
    for (const [name, result] of Object.entries(results)) {
      if (there.includes(name)) continue;
      await store.putArtifact(id, name, new TextEncoder().encode(JSON.stringify(result)));
    }
  } finally {
    await lease.release();
  }
  return id;
}

async function createOrGoOn(
  store: TransactionStore,
  wanted: Checked,
  runner: Runner,
): Promise<Lease> {
  const { txn_id: id, events } = wanted;
  try {
    return await store.createLeased(id, events, runner);
  } catch (error) {
    if (!isTetraError(error, "EXISTS") || !(await isCutOff(store, wanted))) throw error;
    return store.lease(id, runner);
  }
}

/** Whether the transaction of this id was made of this document, and some of its results are missing. */
async function isCutOff(
  store: TransactionStore,
  { txn_id: id, events, results }: Checked,
): Promise<boolean> {
  const there = await store.listArtifacts(id);
  if (Object.keys(results).every((name) => there.includes(name))) return false;
  const recorded = (await eventsOf(store, id)).slice(0, events.length);
  return canonicalJson(recorded) === canonicalJson(events);
}

interface Checked {
  readonly txn_id: string;
  readonly events: readonly NewEvent[];
  readonly results: Readonly<Record<string, unknown>>;
}

function checkExported(document: unknown): Checked {
  if (!isObject(document) || document["format"] !== "tetra-saga" || document["version"] !== 1) {
    throw invalid("it is not what an export of a saga gives");
  }
  const { txn_id: given, events, results } = document;
  const id = checkTransactionId(String(given));
  if (!Array.isArray(events) || !events.every(isEvent)) {
    throw invalid("its events are not events with ts and ts_ms");
  }
  const [first] = events;
  if (first?.event !== "txn_start" || first["txn_id"] !== id) {
    throw invalid(`its first event does not start ${id}`);
  }
  if (!isObject(results) || !Object.keys(results).every((name) => RESULTS.test(name))) {
    throw invalid("its results are not results by name");
  }
  for (const name of Object.keys(results)) checkBlobName(name);
  const saga = seal(0, events).reduce(evolveSaga, undefined);
  if (saga === undefined) throw invalid("its log does not define a saga that can be understood");
  return { txn_id: id, events, results };
}

/** The fold keeps what it does not know, so the name and the time are all that has to be right. */
function isEvent(value: unknown): value is NewEvent {
  return (
    isObject(value) &&
    typeof value["event"] === "string" &&
    typeof value["ts"] === "string" &&
    typeof value["ts_ms"] === "number" &&
    value["seq"] === undefined &&
    value["more"] === undefined
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function jsonOf(bytes: Uint8Array): Json {
  const value: Json = JSON.parse(new TextDecoder().decode(bytes));
  return value;
}

function invalid(problem: string): TetraError<SagaErrorCode> {
  return new TetraError("INVALID_SAGA", `cannot be imported: ${problem}`, {
    hint: "give the document that the export made, unchanged",
  });
}
