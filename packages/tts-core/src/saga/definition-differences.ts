import type { SagaDefinition, SagaNode } from "./definition.ts";
import { canonicalJson } from "./definition-digest.ts";

/** What changed from one definition to another, one line each, steps by their path. Input does not count. */
export function differences(before: SagaDefinition, after: SagaDefinition): readonly string[] {
  return [
    ...changedFields("the saga", before, after),
    ...changedSteps("", before.steps, after.steps),
  ];
}

function changedSteps(
  prefix: string,
  before: readonly SagaNode[],
  after: readonly SagaNode[],
): readonly string[] {
  const old = new Map(before.map((node) => [node.name, node]));
  const names = new Set(after.map((node) => node.name));
  const removed = before.filter(({ name }) => !names.has(name));
  const kept = before.filter(({ name }) => names.has(name)).map(({ name }) => name);
  const now = after.filter(({ name }) => old.has(name)).map(({ name }) => name);
  const place = prefix === "" ? "" : `${prefix.slice(0, -1)}: `;
  return [
    ...removed.map(({ name }) => `${prefix}${name}: removed`),
    ...after.flatMap((node) => {
      const was = old.get(node.name);
      const path = prefix + node.name;
      return was === undefined ? [`${path}: added`] : changedNode(path, was, node);
    }),
    ...(kept.join("\n") === now.join("\n")
      ? []
      : [`${place}order changed from ${kept.join(", ")} to ${now.join(", ")}`]),
  ];
}

function changedNode(path: string, before: SagaNode, after: SagaNode): readonly string[] {
  if (before.type !== after.type) return [`${path}: changed from ${before.type} to ${after.type}`];
  return [
    ...changedFields(path, before, after),
    ...("steps" in before && "steps" in after
      ? changedSteps(`${path}/`, before.steps, after.steps)
      : []),
  ];
}

const NOT_COMPARED = new Set(["steps", "input", "type"]);

/** Fields that differ; those that are short say how. */
function changedFields(path: string, before: object, after: object): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys]
    .filter((key) => !NOT_COMPARED.has(key))
    .flatMap((key) => {
      const [was, is] = [shown(before, key), shown(after, key)];
      if (was === is) return [];
      const isShort = was.length + is.length <= 80;
      return [`${path}: ${key} changed${isShort ? ` from ${was} to ${is}` : ""}`];
    });
}

function shown(from: object, key: string): string {
  const value: unknown = Reflect.get(from, key);
  return value === undefined ? "nothing" : canonicalJson(value);
}
