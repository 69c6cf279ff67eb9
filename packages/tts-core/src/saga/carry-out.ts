import { isTetraError, TetraError } from "@tetra/errors";
import type { Clock, Timer, TransactionStore } from "../ports.ts";
import type { Action, ActionCall, ActionRegistry, SecretReader } from "./action.ts";
import { callAction, type CallEnd, errorText } from "./call-action.ts";
import type { SagaErrorCode } from "./errors.ts";
import type { Masker } from "./masking.ts";
import type { Call } from "./next.ts";
import { resultOf, resultsOf } from "./results.ts";
import { type Secrets, sagaSecrets } from "./saga-secrets.ts";
import type { SagaState } from "./saga-state.ts";
import type { Settlement } from "./settle.ts";
import type { StopSwitch } from "./stop-switch.ts";
import { fillIn } from "./wiring.ts";

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
  const secretsHere = sagaSecrets(ports.secrets);

  async function answer(errand: Errand, secrets: Secrets): Promise<CallEnd> {
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
        const said = {
          step: path,
          message: secretsHere.masks().text(message).slice(0, MOST_PROGRESS_TEXT),
        };
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
    let end: CallEnd;
    try {
      const secrets = await secretsHere.read(saga.definition, call.node.data);
      end = await answer(errand, secrets);
    } catch (error) {
      if (!isTetraError(error, "SECRET_MISSING")) throw error;
      end = { type: "failed", error };
    }
    const masks = secretsHere.masks();
    return end.type === "completed" ? kept(call, end.result, masks) : failed(call, end, masks);
  };
}

function failed(
  call: Call,
  end: Exclude<CallEnd, { type: "completed" }>,
  masks: Masker,
): Settlement {
  const error = masks.text(errorText(end.error));
  return { type: "failed", call, error, isUncertain: end.type === "interrupted" };
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
