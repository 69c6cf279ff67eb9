import { parseInstant } from "../time.ts";
import { checkReady } from "./check-definition.ts";
import type { Compensation, SagaDefinition, SagaNode } from "./definition.ts";
import { durationMs } from "./duration.ts";
import { actionCall, type Around, aroundIn, runCall, timeLimit } from "./saga-file-call.ts";
import { kindOf, KINDS, nameOf } from "./saga-file-kind.ts";
import { refusal, shaped, within } from "./saga-file-refusal.ts";
import { scopeOf } from "./saga-file-scope.ts";
import {
  COMMAND,
  FILE,
  type RunKeys,
  type StepKeys,
  type StepKinds,
  STEPS,
  UNDO,
} from "./saga-file-shape.ts";
import { type FileScope, textNow } from "./saga-file-text.ts";

/** A saga that was read from a file. */
export interface SagaFromFile {
  /** With the variables as its input. */
  readonly definition: SagaDefinition;
  readonly description?: string;
  readonly target?: string;
}

/** How a saga is read from a file. */
export interface SagaFileOptions {
  /** Values of variables. */
  readonly vars?: Readonly<Record<string, string>>;
  /** The name of the file, for messages. */
  readonly where?: string;
}

/**
 * A saga from a document that a person wrote, YAML or JSON that was parsed. `docs/sagas.md` and
 * `schemas/saga.schema.json` say what it may hold.
 *
 * In texts, `${name}` is a variable and `${steps.PATH.FIELD}` a field of an earlier step's result; `$${` is
 * a `${` as it is. In a command that is text, a value is one word wherever it stands, and nothing in it
 * is run: it comes as a variable of the shell.
 * @throws TetraError `INVALID_SAGA`, in one line that names the file and the step
 */
export function sagaFromFile(
  document: unknown,
  { vars = {}, where = "saga file" }: SagaFileOptions = {},
): SagaFromFile {
  const file = within(where, () => shaped(FILE, document));
  const scope = within(where, () => scopeOf(file, vars));
  const reading: Reading = { where, scope, around: file };
  const steps = file.steps.map((step, index) => nodeOf(step, index, "", reading));
  const definition: SagaDefinition = {
    name: file.saga,
    steps,
    ...(file.vars === undefined ? {} : { input: scope.vars }),
    ...timeLimit(file.timeout),
  };
  const { description, target } = file;
  return within(where, () => ({
    definition: checkReady(definition, where),
    ...(description === undefined ? {} : { description: textNow(description, scope) }),
    ...(target === undefined ? {} : { target: textNow(target, scope) }),
  }));
}

interface Reading {
  readonly where: string;
  readonly scope: FileScope;
  readonly around: Around;
}

function nodeOf(step: unknown, index: number, prefix: string, reading: Reading): SagaNode {
  const kind = kindOf(step);
  const given = nameOf(step);
  const isNamed = typeof given === "string" && given.length <= 64;
  const path = `${prefix}${isNamed ? given : `step ${index + 1}`}`;
  return within(`${reading.where}: ${path}`, () => {
    if (kind === undefined) {
      throw refusal(
        `has none of ${KINDS.join(", ")}`,
        "say what the step is with one of these keys",
      );
    }
    return NODES[kind](step, path, reading);
  });
}

const NODES: Readonly<
  Record<keyof StepKinds, (step: unknown, path: string, reading: Reading) => SagaNode>
> = {
  run: (step, _path, reading) => {
    const keys = shaped(STEPS.run, step);
    return actionStep(keys, runCall(keys, reading.around, reading.scope), reading);
  },
  action: (step, _path, reading) => {
    const keys = shaped(STEPS.action, step);
    return actionStep(keys, actionCall(keys, reading.scope), reading);
  },
  parallel: (step, path, reading) => {
    const { parallel: name, steps } = shaped(STEPS.parallel, step);
    return { type: "parallel", name, steps: nodesOf(steps, path, reading) };
  },
  saga: (step, path, reading) => {
    const { saga: name, steps, timeout } = shaped(STEPS.saga, step);
    return { type: "saga", name, steps: nodesOf(steps, path, reading), ...timeLimit(timeout) };
  },
  approval: (step, _path, { scope }) => {
    const { approval: name, message, timeout } = shaped(STEPS.approval, step);
    const asked = message === undefined ? {} : { message: textNow(message, scope) };
    return { type: "approval", name, ...asked, ...timeLimit(timeout) };
  },
  signal: (step) => {
    const { signal: name, timeout } = shaped(STEPS.signal, step);
    return { type: "signal", name, ...timeLimit(timeout) };
  },
  sleep: (step) => {
    const { sleep, name } = shaped(STEPS.sleep, step);
    return { type: "sleep", name, forMs: durationMs(sleep) ?? 0 };
  },
  until: (step, _path, { scope }) => {
    const { until: moment, name } = shaped(STEPS.until, step);
    const until = parseInstant(textNow(moment, scope));
    if (until !== undefined) return { type: "sleep", name, until };
    throw refusal("until must be a moment such as 2026-01-31T09:30:00Z");
  },
};

function nodesOf(steps: readonly unknown[], path: string, reading: Reading): readonly SagaNode[] {
  return steps.map((step, index) => nodeOf(step, index, `${path}/`, reading));
}

function actionStep(keys: StepKeys, call: Compensation, reading: Reading): SagaNode {
  const { name, agent, pivot, undo } = keys;
  return {
    type: "step",
    name,
    ...(agent === undefined ? {} : { agent }),
    ...call,
    ...(undo === undefined
      ? {}
      : { compensate: within("undo", () => undoOf(undo, keys, reading)) }),
    ...(pivot === undefined ? {} : { pivot }),
  };
}

/** What undoes a step. A command runs with the step's own variables, in its folder, on its endpoint. */
function undoOf(undo: unknown, step: StepKeys & Partial<RunKeys>, reading: Reading): Compensation {
  const { scope } = reading;
  const around = aroundIn(reading.around, step);
  if (typeof undo !== "object" || undo === null || Array.isArray(undo)) {
    return runCall({ run: shaped(COMMAND, undo) }, around, scope);
  }
  if ("action" in undo) return actionCall(shaped(UNDO.action, undo), scope);
  return runCall(shaped(UNDO.run, undo), around, scope);
}
