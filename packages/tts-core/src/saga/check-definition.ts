import { TetraError } from "@tetra/errors";
import * as z from "zod/mini";
import { checkReferences, type FieldPath, type Level, unreachable } from "./check-references.ts";
import type { SagaDefinition, SagaNode } from "./definition.ts";
import type { SagaErrorCode } from "./errors.ts";
import type { Json } from "./json.ts";
import { jsonProblem } from "./json-problem.ts";
import { suggestion } from "./nearest.ts";
import { firstProblem, strictObject } from "./strict-shape.ts";
import { inside, isReference, referencesIn } from "./wiring.ts";

/** What a saga or a step may be called. Without a slash, because a step's path has them. */
export const SAGA_NAME: RegExp = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/** How many steps a saga may have, groups included. */
export const MOST_STEPS = 10_000;
/** How deep steps may be nested in groups and sagas. */
export const DEEPEST = 32;

const HINT = "see SagaDefinition for what a saga may be";

const nameText = z
  .string({ error: "must be text" })
  .check(z.regex(SAGA_NAME, { error: "must be 1 to 64 of A-Z a-z 0-9 _ . -, the first no sign" }));
const someText = z
  .string({ error: "must be text" })
  .check(z.minLength(1, { error: "must not be empty" }));
const time = z
  .number({ error: "must be a number of milliseconds" })
  .check(z.gt(0, { error: "must be more than 0 milliseconds" }));
const pause = z
  .number({ error: "must be a number of milliseconds" })
  .check(z.gte(0, { error: "must not be negative" }));
const nodes = z
  .array(z.unknown(), { error: "must be a list" })
  .check(z.minLength(1, { error: "must hold at least one step" }));
const anything = z.exactOptional(z.unknown());

const retry = strictObject({
  maxAttempts: z
    .int({ error: "must be a whole number" })
    .check(z.gte(1, { error: "must be at least 1" })),
  firstMs: z.exactOptional(pause),
  factor: z.exactOptional(
    z.number({ error: "must be a number" }).check(z.gte(1, { error: "must be at least 1" })),
  ),
  maxMs: z.exactOptional(pause),
});
const attempts = { retry: z.exactOptional(retry), timeoutMs: z.exactOptional(time) };
const wait = { type: z.string(), name: nameText, timeoutMs: z.exactOptional(time) };
const group = { type: z.string(), name: nameText, steps: nodes };

const saga = strictObject({
  name: nameText,
  steps: nodes,
  input: anything,
  timeoutMs: z.exactOptional(time),
});

/** Each node without what is in it. */
const NODES: Readonly<Record<SagaNode["type"], z.ZodMiniType>> = {
  step: strictObject({
    type: z.string(),
    name: nameText,
    agent: z.exactOptional(someText),
    action: someText,
    data: anything,
    compensate: z.exactOptional(strictObject({ action: someText, data: anything, ...attempts })),
    ...attempts,
    pivot: z.exactOptional(z.boolean({ error: "must be true or false" })),
  }),
  parallel: strictObject(group),
  saga: strictObject({ ...group, timeoutMs: z.exactOptional(time) }),
  approval: strictObject({
    ...wait,
    message: z.exactOptional(z.string({ error: "must be text" })),
  }),
  signal: strictObject(wait),
  sleep: strictObject({
    type: z.string(),
    name: nameText,
    forMs: z.exactOptional(pause),
    until: anything,
  }),
};
const TYPES = Object.keys(NODES);

/** A field of the input, and the first step that refers to it. */
interface InputField {
  readonly step: string;
  readonly path: FieldPath;
}

/** Steps that were checked, with what they need. Definitions that differ in their input share them. */
const CHECKED = new WeakMap<readonly SagaNode[], readonly InputField[]>();

/**
 * Checks a definition whole: its shape, its names, its numbers, that every reference leads to a step that
 * is certainly done before, and, where there is an input, that it has what the steps refer to. Gives back
 * the same object. Steps that were checked are not checked again: do not change them.
 *
 * `where` begins every message: the name of a file, for example.
 * @throws TetraError `INVALID_SAGA`, in one line that names the step's path
 */
export function checkDefinition(value: unknown, where = "saga"): SagaDefinition {
  const definition = checkSteps(value, where);
  if (definition.input !== undefined) checkInput(definition, where);
  return definition;
}

/**
 * Checks a definition that is about to be started: what `checkDefinition` does, and that there is an
 * input if steps refer to one.
 * @throws TetraError `INVALID_SAGA`, in one line that names the step's path
 */
export function checkReady(value: unknown, where = "saga"): SagaDefinition {
  const definition = checkSteps(value, where);
  checkInput(definition, where);
  return definition;
}

function checkSteps(value: unknown, where: string): SagaDefinition {
  const problem = firstProblem(saga, value);
  if (problem !== undefined || !isSaga(value)) throw refusal(where, problem ?? "must be an object");
  if (!CHECKED.has(value.steps)) {
    const walk: Walk = { where, inputs: new Map(), steps: 0 };
    checkList(value.steps, walk, TOP);
    CHECKED.set(value.steps, [...walk.inputs.values()]);
  }
  return value;
}

/** After `firstProblem` found none. */
function isSaga(value: unknown): value is SagaDefinition {
  return value !== undefined;
}

function checkInput({ input, steps }: SagaDefinition, where: string): void {
  const problem = input === undefined ? undefined : jsonProblem(input, "input");
  if (problem !== undefined) throw refusal(where, problem);
  if (referencesIn(input).some((reference) => !("$secret" in reference))) {
    throw refusal(where, "input must hold no references but secrets", "give the values");
  }
  checkReferences(input, "input", {
    refuse: (...told) => refusal(where, ...told),
    result: () => undefined,
    input: () => {},
  });
  for (const { step, path } of CHECKED.get(steps) ?? []) {
    let found: unknown = input;
    for (const key of path) found = isReference(found) ? undefined : inside(found, key);
    if (found !== undefined) continue;
    const needed = ["input", ...path].join(".");
    throw refusal(where, `${step}: there is no ${needed}`, "start the saga with it");
  }
}

function refusal(where: string, problem: string, hint = HINT): TetraError<SagaErrorCode> {
  const line = `${where}: ${problem}`.replaceAll(/\p{Cc}/gu, " "); // keys may hold newlines
  return new TetraError("INVALID_SAGA", line, { hint });
}

interface Walk {
  readonly where: string;
  readonly inputs: Map<string, InputField>;
  steps: number;
}

/** Where a list of steps is. */
interface Spot {
  readonly prefix: string;
  readonly isOrdered: boolean;
  readonly inParallel: boolean;
  readonly levels: readonly Level[];
}

const TOP: Spot = { prefix: "", isOrdered: true, inParallel: false, levels: [] };

function checkList(steps: readonly unknown[], walk: Walk, spot: Spot): void {
  const { where } = walk;
  const { prefix, levels } = spot;
  walk.steps += steps.length;
  if (walk.steps > MOST_STEPS) {
    throw refusal(where, `has more than ${MOST_STEPS} steps`, "split it into several sagas");
  }
  if (levels.length >= DEEPEST) {
    throw refusal(where, `${prefix.slice(0, -1)}: is nested more than ${DEEPEST} deep`);
  }
  const names = new Set<string>();
  const checked = steps.map((step, index) => {
    const node = checkNode(step, { where, prefix, index });
    if (names.has(node.name)) {
      throw refusal(where, `${prefix}${node.name}: two steps have this name`, "rename one of them");
    }
    names.add(node.name);
    return node;
  });
  const done = new Map<string, SagaNode>();
  for (const node of checked) {
    checkInner(node, walk, { ...spot, levels: [...levels, { done, name: node.name, names }] });
    if (spot.isOrdered) done.set(node.name, node);
  }
}

/** The shape of one node, without what is in it. */
function checkNode(
  step: unknown,
  { where, prefix, index }: { where: string; prefix: string; index: number },
): SagaNode {
  const name = inside(step, "name");
  const isNamed = typeof name === "string" && SAGA_NAME.test(name);
  const path = prefix + (isNamed ? name : `step ${index + 1}`);
  const type = inside(step, "type");
  const schema = isType(type) ? NODES[type] : undefined;
  if (schema === undefined) {
    const problem = `${path}: type must be one of ${TYPES.join(", ")}`;
    throw refusal(where, problem, suggestion(String(type), TYPES));
  }
  const problem = firstProblem(schema, step);
  if (problem !== undefined || !isNode(step)) throw refusal(where, `${path}: ${problem}`);
  return step;
}

function isType(type: unknown): type is SagaNode["type"] {
  return typeof type === "string" && Object.hasOwn(NODES, type);
}

/** After `firstProblem` found none. */
function isNode(value: unknown): value is SagaNode {
  return value !== undefined;
}

/** What is in a node, in its place. */
function checkInner(node: SagaNode, walk: Walk, spot: Spot): void {
  const { where } = walk;
  const path = spot.prefix + node.name;
  if (node.type === "step") {
    if (node.pivot === true && spot.inParallel) {
      const problem = `${path}: a pivot cannot be inside a parallel group`;
      throw refusal(where, problem, "put it before or after the group");
    }
    checkData(node.data, `${path}: data`, { walk, spot });
    checkData(node.compensate?.data, `${path}: compensate.data`, { walk, spot, own: node });
  } else if (node.type === "sleep") {
    if ((node.forMs === undefined) === (node.until === undefined)) {
      throw refusal(where, `${path}: must have either forMs or until`, "give exactly one of them");
    }
    const isTime = typeof node.until === "number" || isReference(node.until);
    if (node.until !== undefined && !isTime) {
      throw refusal(where, `${path}: until must be milliseconds since the epoch, or a reference`);
    }
    checkData(node.until, `${path}: until`, { walk, spot });
  } else if ("steps" in node) {
    const isOrdered = node.type === "saga";
    checkList(node.steps, walk, {
      ...spot,
      prefix: `${path}/`,
      isOrdered,
      inParallel: spot.inParallel || !isOrdered,
    });
  }
}

/** `own`: the step, where its own result may be used too, as by what undoes it. */
function checkData(
  data: Json | undefined,
  what: string,
  { walk, spot, own }: { readonly walk: Walk; readonly spot: Spot; readonly own?: SagaNode },
): void {
  if (data === undefined) return;
  const { where, inputs } = walk;
  const problem = jsonProblem(data, what);
  if (problem !== undefined) throw refusal(where, problem);
  const step = spot.prefix + (spot.levels.at(-1)?.name ?? "");
  checkReferences(data, what, {
    refuse: (...told) => refusal(where, ...told),
    result: (names) => unreachable(names, spot.levels, own),
    input: (path) => {
      const key = JSON.stringify(path);
      if (!inputs.has(key)) inputs.set(key, { step, path });
    },
  });
}
