import * as z from "zod/mini";
import type { SagaNode } from "./definition.ts";
import { suggestion } from "./nearest.ts";
import { REFERENCE_KEYS } from "./reference.ts";

/** One level on the way to a step, from the outside in. */
export interface Level {
  /** What is certainly done before the node that is looked at, by name. */
  readonly done: ReadonlyMap<string, SagaNode>;
  /** The node that is looked at. */
  readonly name: string;
  /** Every name of this level. */
  readonly names: ReadonlySet<string>;
}

/** The path of an `$input` reference. */
export type FieldPath = readonly (string | number)[];

/** What references in a value may be, and who is told about them. */
export interface ReferenceRules {
  /** Makes the error for what is refused. */
  readonly refuse: (problem: string, hint?: string) => Error;
  /** Why a result cannot be referred to; `undefined` when it can. */
  readonly result: (names: readonly string[]) => string | undefined;
  readonly input: (path: FieldPath) => void;
}

const SECRET = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/s;
const fieldPath = z.array(z.union([z.string(), z.int().check(z.gte(0))]));

/** Checks that every reference in a value has the shape of one, and leads where the rules let it. */
export function checkReferences(data: unknown, what: string, rules: ReferenceRules): void {
  if (typeof data !== "object" || data === null) return;
  const keys = Object.keys(data);
  const key = Array.isArray(data) ? undefined : REFERENCE_KEYS.find((it) => keys.includes(it));
  if (key === undefined) {
    for (const [inner, value] of Object.entries(data)) {
      checkReferences(value, `${what}.${inner}`, rules);
    }
    return;
  }
  if (keys.length > 1) {
    const hint = "a reference has one key; put data that looks like one into $literal";
    throw rules.refuse(`${what}: ${key} stands beside other keys`, hint);
  }
  checkReference(key, Reflect.get(data, key), { what, rules });
}

function checkReference(
  key: (typeof REFERENCE_KEYS)[number],
  target: unknown,
  { what, rules }: { readonly what: string; readonly rules: ReferenceRules },
): void {
  switch (key) {
    case "$literal":
      return;
    case "$text":
      if (!Array.isArray(target)) throw rules.refuse(`${what}: $text must be a list`);
      for (const [index, part] of target.entries()) {
        checkReferences(part, `${what}.$text.${index}`, rules);
      }
      return;
    case "$secret":
      if (typeof target === "string" && SECRET.test(target)) return;
      throw rules.refuse(
        `${what}: $secret must be env:NAME or file:PATH`,
        "name where the secret is, not the secret",
      );
    case "$input":
    case "$result": {
      const { success, data: path } = fieldPath.safeParse(target);
      if (!success) throw rules.refuse(`${what}: ${key} must be a list of names`);
      if (key === "$input") return rules.input(path);
      const why = rules.result(path.map(String));
      if (why === undefined) return;
      throw rules.refuse(`${what}: ${why}`, "refer to a step that is certainly done before");
    }
  }
}

/** Why a result cannot be referred to: no such step, or not certainly done before. */
export function unreachable(
  names: readonly string[],
  levels: readonly Level[],
  own?: SagaNode,
): string | undefined {
  if (names.length === 0) return "$result names no step";
  for (const [depth, level] of levels.entries()) {
    const name = names[depth];
    if (name === undefined) break;
    const path = names.slice(0, depth + 1).join("/");
    const node = level.done.get(name);
    if (node !== undefined) return missingBelow(node, names, depth);
    if (!level.names.has(name)) {
      return `there is no step ${path}: ${suggestion(name, [...level.done.keys()])}`;
    }
    if (name !== level.name) return `${path} is not certainly done before`;
  }
  if (own !== undefined && names.length >= levels.length) return undefined;
  return `${names.slice(0, levels.length).join("/")} is not done before itself`;
}

/** Why the rest of a path does not lead to a result of a node, or into one. */
function missingBelow(from: SagaNode, names: readonly string[], depth: number): string | undefined {
  let node = from;
  for (const [index, name] of names.slice(depth + 1).entries()) {
    if (!("steps" in node)) break;
    const below: SagaNode | undefined = node.steps.find((step) => step.name === name);
    if (below === undefined) {
      const path = names.slice(0, depth + index + 2).join("/");
      const there = node.steps.map((step) => step.name);
      return `there is no step ${path}: ${suggestion(name, there)}`;
    }
    node = below;
  }
  return node.type === "sleep" ? `${node.name} sleeps and has no result` : undefined;
}
