import { TetraError } from "@tetra/errors";
import type { Clock, Timer, TransactionStore } from "../ports.ts";
import type { Action, ActionCall, ActionRegistry, SecretReader } from "./action.ts";
import { callAction, type CallEnd, errorText } from "./call-action.ts";
import type { SagaErrorCode } from "./errors.ts";
import { type Masker, masker } from "./masking.ts";
import type { Call } from "./next.ts";
import { resultOf, resultsOf } from "./results.ts";
import type { SagaState } from "./saga-state.ts";
import type { Settlement } from "./settle.ts";
import type { StopSwitch } from "./stop-switch.ts";
import { fillIn, secretsOf } from "./wiring.ts";

/** What calls are carried out with. */
export interface CallingPorts {
  readonly store: TransactionStore;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly actions: ActionRegistry;
  readonly secrets?: SecretReader;
  readonly graceMs: number;
}

/** A word about how far a step is. */
export interface Progress {
  readonly step: string;
  readonly message: string;
  readonly fraction?: number;
}

/** A call, and what it is made for. */
export interface Errand {
  readonly call: Call;
  readonly saga: SagaState;
  /** Interrupts it. */
  readonly interruption: StopSwitch;
  readonly onProgress: (progress: Progress) => void;
}

/** Carries out the calls of one saga. It rejects only when the store fails: no word about the step. */
export type CarryOut = (errand: Errand) => Promise<Settlement>;

/** The longest result that is kept in the log itself, in characters of JSON; longer ones are artifacts. */
const MOST_IN_LOG = 16_384;
const MOST_PROGRESS_TEXT = 500;

/** Makes what carries out the calls of the saga of transaction `id`. */
export function calling(ports: CallingPorts, id: string): CarryOut {
  const { store } = ports;
  const readResults = new Map<string, unknown>();

  async function answer(errand: Errand, masks: Masker, secrets: Secrets): Promise<CallEnd> {
    const { call, saga, interruption, onProgress } = errand;
    const { path, node, direction } = call;
    const own = direction === "back" ? resultOf(saga, path, readResults) : undefined;
    const { input } = saga.definition;
    const sources = {
      input,
      get results() {
        return resultsOf(saga, readResults);
      },
    };
    let data: unknown;
    try {
      data = fillIn(node.data, sources, secrets);
    } catch (error) {
      return { type: "failed", error };
    }
    let shown: ActionCall["results"] | undefined;
    const given: ActionCall = {
      data,
      // copies: what an action does to them must not change what others see
      get results() {
        shown ??= copyOf(sources.results);
        return shown;
      },
      ...(own === undefined ? {} : { result: copyOf(own) }),
      idempotencyKey: call.key,
      attempt: call.attempt,
      get signal() {
        return interruption.signal;
      },
      log(message, fraction) {
        const said = { step: path, message: masks.text(message).slice(0, MOST_PROGRESS_TEXT) };
        onProgress(fraction === undefined ? said : { ...said, fraction });
      },
      txn: id,
      step: path,
    };
    const action = actionFor(ports.actions, call);
    return callAction({ action, call: given, interruption, timeoutMs: node.timeoutMs }, ports);
  }

  /** As it can be recorded: a step is done although its result cannot be told, and has to be undone. */
  async function kept(call: Call, result: unknown, masks: Masker): Promise<Settlement> {
    if (result === undefined || call.direction === "back") return { type: "completed", call };
    const text = jsonText(result);
    if (text === undefined) {
      return { type: "failed", call, error: "its result is no JSON", isUncertain: true };
    }
    const value = masks.json(JSON.parse(text));
    if (text.length <= MOST_IN_LOG) return { type: "completed", call, result: value };
    const resultFile = `results/${call.path}.json`;
    await store.putArtifact(id, resultFile, new TextEncoder().encode(JSON.stringify(value)));
    readResults.set(call.path, value);
    return { type: "stored", call, resultFile };
  }

  async function readStoredResults(saga: SagaState): Promise<void> {
    for (const [path, { resultFile }] of saga.steps) {
      if (resultFile === undefined || readResults.has(path)) continue;
      const bytes = await store.readArtifact(saga.undoes ?? id, resultFile);
      readResults.set(path, JSON.parse(new TextDecoder().decode(bytes)));
    }
  }

  return async (errand) => {
    const { call, saga } = errand;
    if (saga.isDryRun) return { type: "completed", call };
    await readStoredResults(saga);
    const read = await readSecrets(errand, ports.secrets);
    if ("error" in read) return failed(call, { type: "failed", error: read.error }, masker([]));
    const masks = masker([...read.secrets.values()]);
    const end = await answer(errand, masks, read.secrets);
    return end.type === "completed" ? kept(call, end.result, masks) : failed(call, end, masks);
  };
}

/** Secrets by the reference that stands for them. */
type Secrets = ReadonlyMap<string, string>;

function failed(
  call: Call,
  end: Exclude<CallEnd, { type: "completed" }>,
  masks: Masker,
): Settlement {
  const error = masks.text(errorText(end.error));
  return { type: "failed", call, error, isUncertain: end.type === "interrupted" };
}

async function readSecrets(
  { call, saga }: Errand,
  reader: SecretReader | undefined,
): Promise<{ secrets: Secrets } | { error: unknown }> {
  const references = [...secretsOf(call.node.data), ...secretsOf(saga.definition.input)];
  const secrets = new Map<string, string>();
  try {
    for (const reference of new Set(references)) {
      if (reader === undefined) throw noReader(reference);
      secrets.set(reference, await reader.read(reference));
    }
  } catch (error) {
    return { error };
  }
  return { secrets };
}

function noReader(reference: string): TetraError<SagaErrorCode> {
  return new TetraError("SECRET_MISSING", `${reference}: nothing here reads secrets`, {
    hint: "give the sagas a reader of secrets",
    details: { reference },
  });
}

/** The action that a call names. @throws TetraError `ACTION_MISSING` */
function actionFor(actions: ActionRegistry, { node, path }: Call): Action {
  const action = actions.find(node.action, node.agent);
  if (action !== undefined) return action;
  throw new TetraError<SagaErrorCode>("ACTION_MISSING", `${path}: no action ${node.action}`, {
    hint: "register it, and resume the saga",
    details: { step: path, action: node.action },
  });
}

function copyOf<T>(json: T): T {
  return JSON.parse(JSON.stringify(json));
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // a cycle, or a number that JSON has no word for
  }
}
