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
 * What the data of a step's command asks for, references in it not filled in: of these only that they are
 * there is known. Data of another shape asks for nothing that a policy could allow.
 */
export function askedOf(data: unknown, { target, cwd }: AskedDefaults): AskedCommand {
  const run = fieldOf(data, "run");
  const on = fieldOf(data, "on");
  const folder = fieldOf(data, "cwd");
  const env = Object.entries(objectOf(fieldOf(data, "env")));
  return {
    run: typeof run === "string" ? run : listOf(run).map(argumentOf),
    on: typeof on === "string" ? on : target,
    cwd: typeof folder === "string" ? resolve(cwd, folder) : cwd,
    variables: env.map(([name]) => name),
    secrets: env.flatMap(([, value]) => secretIn(value)),
  };
}

function argumentOf(word: unknown): AskedArgument {
  return typeof word === "string" ? word : undefined;
}

function secretIn(value: unknown): readonly string[] {
  const reference = fieldOf(value, "$secret");
  return typeof reference === "string" ? [reference] : [];
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function objectOf(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
