import { suggestion } from "./nearest.ts";
import { refusal } from "./saga-file-refusal.ts";
import type { FileKeys, Variable } from "./saga-file-shape.ts";
import type { FileScope, NamedSteps } from "./saga-file-text.ts";
import { kindOf, nameOf } from "./saga-file-kind.ts";
import { inside } from "./wiring.ts";

/**
 * What texts of a file may refer to: its variables, with the values that are given, and its steps.
 * @throws TetraError `INVALID_SAGA` when a value is missing or too much
 */
export function scopeOf(file: FileKeys, given: Readonly<Record<string, string>>): FileScope {
  const declared = file.vars ?? {};
  const names = Object.keys(declared);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw refusal(`it has no variable ${unknown}`, suggestion(unknown, names));
  }
  const missing = Object.entries(declared).filter(
    ([name, variable]) => !Object.hasOwn(given, name) && isRequired(variable),
  );
  if (missing.length > 0) {
    const list = missing.map(([name]) => name).join(", ");
    throw refusal(`it needs ${list}`, `give ${missing.map(([name]) => `${name}=…`).join(" and ")}`);
  }
  const vars = Object.entries(declared).map(
    ([name, variable]) =>
      [
        name,
        valueOf(name, variable, Object.hasOwn(given, name) ? given[name] : undefined),
      ] as const,
  );
  return { vars: Object.fromEntries(vars), steps: namesOf(file.steps) };
}

function isRequired(variable: Variable): boolean {
  return typeof variable === "object" && "required" in variable;
}

function valueOf(
  name: string,
  variable: Variable,
  given: string | undefined,
): string | { readonly $secret: string } {
  if (typeof variable === "object" && "secret" in variable) {
    if (given === undefined) return { $secret: variable.secret };
    throw refusal(
      `${name} is a secret, and what is given here would be recorded`,
      `it is read from ${variable.secret}`,
    );
  }
  const value = given ?? (typeof variable === "object" ? inside(variable, "default") : variable);
  const text = String(value);
  if (!text.includes("\0")) return text;
  throw refusal(`${name} holds a NUL, which no command can get`);
}

function namesOf(steps: readonly unknown[]): NamedSteps {
  return new Map(
    steps.map((step): [string, NamedSteps | "shell" | "other"] => {
      const name = String(nameOf(step));
      const below = inside(step, "steps");
      if (Array.isArray(below)) return [name, namesOf(below)];
      return [name, kindOf(step) === "run" ? "shell" : "other"];
    }),
  );
}
