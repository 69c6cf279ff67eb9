import { attemptsText, dataText, oneLine, plainText } from "./data-text.ts";
import type { ActionStep, Compensation, SagaDefinition, SagaNode } from "./definition.ts";
import { durationText } from "./duration.ts";
import type { Json } from "./json.ts";
import { SHELL_ACTION } from "./saga-file-call.ts";
import { inside, isReference } from "./wiring.ts";
import { formatInstant } from "../time.ts";

/** A place in a saga, in words. */
export interface PlanStep {
  readonly path: string;
  readonly name: string;
  readonly type: SagaNode["type"];
  /** What it does. */
  readonly does: string;
  /** What undoes it. Absent: nothing does. */
  readonly undo?: string;
  /** Whether there is no way back once it is done. */
  readonly pivot: boolean;
  /** How it is repeated and limited. Absent: one attempt before the pivot, without a limit. */
  readonly attempts?: string;
  /** What it consists of; empty for a single step. */
  readonly steps: readonly PlanStep[];
}

/**
 * The order in which steps are undone, by path: one after the other, or, where a parallel group is gone
 * back through, branches at the same time.
 */
export type WayBack = readonly (string | { readonly together: readonly WayBack[] })[];

/** What a saga would do, and how it would go back. */
export interface SagaPlan {
  readonly name: string;
  readonly steps: readonly PlanStep[];
  /** What would be undone if everything that has a way back was done. */
  readonly undoes: WayBack;
  /** Paths of steps that do something which nothing undoes. */
  readonly remains: readonly string[];
  /** Path of the step after which there is no way back. */
  readonly pivot?: string;
  /** All of it as text, a line each. */
  readonly lines: readonly string[];
}

/** A saga in plain language. The definition must have been checked. */
export function planOf(definition: SagaDefinition): SagaPlan {
  const { name, input, timeoutMs } = definition;
  const steps = definition.steps.map((node) => planStep(node, "", input));
  const all = flattened(steps);
  const pivot = all.find((step) => step.pivot);
  const remains = all.filter((step) => step.type === "step" && step.undo === undefined);
  const undoes = wayBackOf(steps, pivot?.path);
  const count = all.filter((step) => step.steps.length === 0).length;
  const limit = timeoutMs === undefined ? "" : `, no longer than ${durationText(timeoutMs)}`;
  const plan = { name, steps, undoes, remains: remains.map((step) => step.path) };
  return {
    ...plan,
    ...(pivot === undefined ? {} : { pivot: pivot.path }),
    lines: [
      `${name}: ${count} ${count === 1 ? "step" : "steps"}${limit}`,
      ...steps.flatMap((step, index) => linesOf(step, `${index + 1}.`, "  ")),
      ...returning(undoes, pivot?.path),
      ...(remains.length === 0 ? [] : [`Nothing undoes ${listed(plan.remains)}.`]),
    ],
  };
}

function planStep(node: SagaNode, prefix: string, input: Json | undefined): PlanStep {
  const path = prefix + node.name;
  const common = { path, name: node.name, type: node.type, pivot: false, steps: [] };
  switch (node.type) {
    case "step":
      return { ...common, ...actionPlan(node, input) };
    case "parallel":
    case "saga": {
      const does = node.type === "parallel" ? "all at the same time" : "one after the other";
      const limit = "timeoutMs" in node ? attemptsText(undefined, node.timeoutMs) : "";
      return {
        ...common,
        does: limit === "" ? does : `${does}, ${limit}`,
        steps: node.steps.map((inner) => planStep(inner, `${path}/`, input)),
      };
    }
    case "approval": {
      const { message = "" } = node;
      const question = message === "" ? "" : `: ${oneLine(message)}`;
      return { ...common, does: `waits until a person approves${limited(node)}${question}` };
    }
    case "signal":
      return { ...common, does: `waits for the signal ${node.name}${limited(node)}` };
    case "sleep":
      return { ...common, does: sleepText(node.forMs, node.until, input) };
  }
}

function limited({ timeoutMs }: { readonly timeoutMs?: number }): string {
  return timeoutMs === undefined ? "" : `, no longer than ${durationText(timeoutMs)}`;
}

function sleepText(
  forMs: number | undefined,
  until: Json | undefined,
  input: Json | undefined,
): string {
  if (forMs !== undefined) return `waits ${durationText(forMs)}`;
  if (typeof until === "number") return `waits until ${formatInstant(until)}`;
  return `waits until ${oneLine(plainText(until ?? null, input))}`;
}

function actionPlan(
  node: ActionStep,
  input: Json | undefined,
): Pick<PlanStep, "does" | "pivot" | "undo" | "attempts"> {
  const { agent, compensate, pivot = false, retry, timeoutMs } = node;
  const attempts = attemptsText(retry, timeoutMs);
  const by = agent === undefined ? "" : `${agent}: `;
  return {
    does: by + callText(node, input),
    pivot,
    ...(attempts === "" ? {} : { attempts }),
    ...(compensate === undefined ? {} : { undo: undoText(compensate, input) }),
  };
}

function undoText(compensate: Compensation, input: Json | undefined): string {
  const attempts = attemptsText(compensate.retry, compensate.timeoutMs);
  const call = callText(compensate, input);
  return attempts === "" ? call : `${call} (${attempts})`;
}

/** A command as people type it, or the name of an action and what it gets. */
function callText({ action, data }: Compensation | ActionStep, input: Json | undefined): string {
  if (data === undefined) return action;
  const run = action === SHELL_ACTION ? commandOf(data) : undefined;
  if (run === undefined) return oneLine(`${action} ${dataText(data, input)}`);
  const on = inside(data, "on");
  const where = isJson(on) ? `on ${plainText(on, input)}: ` : "";
  return oneLine(where + commandText(run, input));
}

function commandOf(data: Json): Json | undefined {
  const run = inside(data, "shows") ?? inside(data, "run");
  return isJson(run) ? run : undefined;
}

/** What is inside JSON is JSON. */
function isJson(value: unknown): value is Json {
  return value !== undefined;
}

function commandText(run: Json, input: Json | undefined): string {
  if (isReference(run) && "$text" in run) {
    return run.$text.map((part) => inCommand(part, input)).join("");
  }
  if (!Array.isArray(run)) return plainText(run, input);
  return run.map((word: Json) => quoted(plainText(word, input))).join(" ");
}

/** What is put in is one word, so that it does not look like more of the command. */
function inCommand(part: Json, input: Json | undefined): string {
  const text = plainText(part, input);
  return isReference(part) ? quoted(text) : text;
}

/** A word as a shell would need it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./()-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function flattened(steps: readonly PlanStep[]): readonly PlanStep[] {
  return steps.flatMap((step) => [step, ...flattened(step.steps)]);
}

/** What would be undone, last first, if everything before the pivot was done. */
function wayBackOf(steps: readonly PlanStep[], pivot: string | undefined): WayBack {
  return beforePivot(steps, pivot)
    .toReversed()
    .flatMap((step): WayBack => {
      if (step.undo !== undefined) return [step.path];
      if (step.type !== "parallel") return wayBackOf(step.steps, pivot);
      const branches = step.steps.map((branch) => wayBackOf([branch], pivot));
      const together = branches.filter((branch) => branch.length > 0);
      return together.length > 1 ? [{ together }] : together.flat();
    });
}

/** Those steps of one list that can be done while there is a way back. */
function beforePivot(steps: readonly PlanStep[], pivot: string | undefined): readonly PlanStep[] {
  const at = steps.findIndex((step) => step.path === pivot || pivot?.startsWith(`${step.path}/`));
  if (at === -1) return steps;
  return steps.slice(0, steps[at]?.path === pivot ? at : at + 1);
}

function linesOf(step: PlanStep, number: string, indent: string): readonly string[] {
  const inner = `${indent}   `;
  const numbers = number.replace(/\.$/, "");
  return [
    `${indent}${number} ${step.name}: ${step.does}`,
    ...(step.attempts === undefined ? [] : [`${inner}${step.attempts}`]),
    ...(step.undo === undefined ? [] : [`${inner}undone by ${step.undo}`]),
    ...(step.pivot ? [`${inner}pivot: once this is done, there is no way back`] : []),
    ...step.steps.flatMap((below, at) => linesOf(below, `${numbers}.${at + 1}`, inner)),
  ];
}

function returning(undoes: WayBack, pivot: string | undefined): readonly string[] {
  const when = pivot === undefined ? "If it fails" : `If it fails before ${pivot} is done`;
  return [
    undoes.length === 0
      ? `${when}, there is nothing to undo.`
      : `${when}, what was done is undone: ${orderText(undoes)}.`,
    ...(pivot === undefined
      ? []
      : [`After ${pivot}, what fails is tried again, and in the end waits for a person.`]),
  ];
}

function orderText(order: WayBack): string {
  const texts = order.map((item) =>
    typeof item === "string"
      ? item
      : item.together
          .map((branch) => (branch.length > 1 ? `(${orderText(branch)})` : orderText(branch)))
          .join(" and "),
  );
  return listed(texts, ", then ");
}

const MOST_LISTED = 20;

function listed(texts: readonly string[], between = ", "): string {
  const more = texts.length > MOST_LISTED ? [`${texts.length - MOST_LISTED} more`] : [];
  return [...texts.slice(0, MOST_LISTED), ...more].join(between);
}
