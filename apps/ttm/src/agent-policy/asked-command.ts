import type { ActionCall } from "@tetra/tts-core/saga";
import { resolve } from "node:path";
import type { AskedArgument } from "./argument-pattern.ts";
import type { AskedCommand } from "./command-verdict.ts";

/** Where a command runs when its data does not say. */
export interface AskedDefaults {
  /** The endpoint of the transaction. */
  readonly target: string;
  /** The folder where the transaction was opened. */
  readonly cwd: string;
}

/**
 * What the data of a step's command asks for. A reference in it is filled in where the results that are
 * there already have what it refers to; of the others only that they are there is known. Data of another
 * shape asks for nothing that a policy could allow.
 */
export function askedOf(
  data: unknown,
  { target, cwd }: AskedDefaults,
  results: ActionCall["results"] = {},
): AskedCommand {
  const run = fieldOf(data, "run");
  const on = fieldOf(data, "on");
  const folder = fieldOf(data, "cwd");
  const env = Object.entries(objectOf(fieldOf(data, "env")));
  return {
    run: typeof run === "string" ? run : listOf(run).map((word) => argumentOf(word, results)),
    on: typeof on === "string" ? on : target,
    cwd: typeof folder === "string" ? resolve(cwd, folder) : cwd,
    variables: env.map(([name]) => name),
    secrets: env.flatMap(([, value]) => secretIn(value)),
  };
}

/** Whether an argument of a command is what a step printed; `step` is its path. */
export function refersTo(step: string, data: unknown): boolean {
  return listOf(fieldOf(data, "run")).some((word) =>
    listOf(fieldOf(word, "$result")).join("/").startsWith(`${step}/`),
  );
}

function argumentOf(word: unknown, results: ActionCall["results"]): AskedArgument {
  if (typeof word === "string") return word;
  const path = listOf(fieldOf(word, "$result"));
  if (path.length === 0) return undefined;
  const found = path.reduce<unknown>((value, key) => fieldOf(value, String(key)), results);
  return typeof found === "string" ? found : undefined;
}

function secretIn(value: unknown): readonly string[] {
  const reference = fieldOf(value, "$secret");
  return typeof reference === "string" ? [reference] : [];
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

function objectOf(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
