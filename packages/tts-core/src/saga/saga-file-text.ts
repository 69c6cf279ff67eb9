import type { Json } from "./json.ts";
import { suggestion } from "./nearest.ts";
import { refusal } from "./saga-file-refusal.ts";
import type { Reference } from "./reference.ts";
import { isReference } from "./wiring.ts";
import { type TemplatePart, templateParts } from "./template.ts";

// what a shell step has for its result, for `${steps.NAME.FIELD}`
const SHELL_RESULT = ["stdout", "exit_code", "stdout_file", "stderr_file"] as const;

/** The steps of a file by name, so that references can be told from fields before anything is built. */
export type NamedSteps = ReadonlyMap<string, NamedSteps | "shell" | "other">;

/** What texts of a file may refer to. */
export interface FileScope {
  /** Values of variables; a secret is a reference. */
  readonly vars: Readonly<Record<string, string | { readonly $secret: string }>>;
  readonly steps: NamedSteps;
}

const STEPS = "steps.";

/** The parts of a text. @throws TetraError `INVALID_SAGA` when a place has no end */
export function partsOf(text: string): readonly TemplatePart[] {
  const parts = templateParts(text);
  if (typeof parts === "string") throw refusal(parts);
  return parts;
}

/**
 * What a place stands for.
 * @throws TetraError `INVALID_SAGA` when there is no such variable or step
 */
export function placeReference(place: string, scope: FileScope): Reference {
  if (place.startsWith(STEPS)) {
    return { $result: resultPath(place.slice(STEPS.length), scope.steps, place) };
  }
  if (Object.hasOwn(scope.vars, place)) return { $input: [place] };
  const known = Object.keys(scope.vars);
  throw refusal(
    `there is no variable \${${place}}`,
    `${suggestion(place, known)}; $\${${place}} is left to the shell`,
  );
}

/** Text in which places are references: filled in before the step is called. */
export function textData(text: string, scope: FileScope): Json {
  const parts = partsOf(text);
  if (parts.every((part) => part.type === "text")) return parts.map((part) => part.text).join("");
  return {
    $text: parts.map((part) =>
      part.type === "text" ? part.text : placeReference(part.name, scope),
    ),
  };
}

/** Data in which texts have places. A text that is one place is what it stands for, whatever type. */
export function anyData(data: Json, scope: FileScope): Json {
  if (typeof data === "string") {
    const [only, ...more] = partsOf(data);
    const isPlace = only?.type === "place" && more.length === 0;
    return isPlace ? placeReference(only.name, scope) : textData(data, scope);
  }
  if (typeof data !== "object" || data === null || isReference(data)) return data;
  if (isList(data)) return data.map((inner) => anyData(inner, scope));
  return Object.fromEntries(
    Object.entries(data).map(([key, inner]) => [key, anyData(inner, scope)]),
  );
}

/** Text that must be known before anything runs: of variables that are no secrets alone. */
export function textNow(text: string, scope: FileScope): string {
  return partsOf(text)
    .map((part) => (part.type === "text" ? part.text : valueNow(part.name, scope)))
    .join("");
}

function valueNow(place: string, scope: FileScope): string {
  if (place.startsWith(STEPS)) throw refusal(`\${${place}} is not known before the saga runs`);
  placeReference(place, scope);
  const value = scope.vars[place];
  if (typeof value === "string") return value;
  throw refusal(`\${${place}} is a secret, which would be recorded here`);
}

/** `group/step.field.field`: names of steps may have points, so the longest that fits is taken. */
function resultPath(
  path: string,
  steps: NamedSteps,
  place: string,
): readonly [string, ...string[]] {
  const [first = "", ...more] = path.split("/");
  if (more.length > 0) {
    const group = steps.get(first);
    if (typeof group === "object") return [first, ...resultPath(more.join("/"), group, place)];
    throw refusal(`\${${place}}: there is no group ${first}`, suggestion(first, [...steps.keys()]));
  }
  const [name] = [...steps.keys()]
    .filter((known) => first === known || first.startsWith(`${known}.`))
    .toSorted((a, b) => b.length - a.length);
  if (name === undefined) {
    const [meant = ""] = first.split(".");
    throw refusal(`\${${place}}: there is no step ${meant}`, suggestion(meant, [...steps.keys()]));
  }
  const fields = first.length === name.length ? [] : first.slice(name.length + 1).split(".");
  if (steps.get(name) === "shell" && !SHELL_RESULT.some((known) => known === fields[0])) {
    throw refusal(
      `\${${place}}: a command has no result ${fields[0] ?? "as a whole"}`,
      suggestion(fields[0] ?? "", SHELL_RESULT),
    );
  }
  return [name, ...fields];
}

/** Array.isArray does not tell readonly arrays apart. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
