import type { SagaDefinition } from "@tetra/tts-core/saga";

/** A definition, or a builder of one. It is checked before it is used. */
export function definitionOf(value: unknown): SagaDefinition | undefined {
  if (!isObject(value)) return undefined;
  const { build, name, steps } = value;
  if (typeof build === "function") return definitionOf(Reflect.apply(build, value, []));
  // checkDefinition looks at the rest
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  if (typeof name === "string" && Array.isArray(steps)) return value as unknown as SagaDefinition;
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
