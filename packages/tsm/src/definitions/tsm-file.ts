import { basename, dirname, resolve } from "node:path/posix";
import { type Assignment, parseAssignments } from "../launch/assignments.ts";
import { invalidDefinition } from "./invalid-definition.ts";
import { collapsedKeys, isNested, type Nested } from "./key-forms.ts";
import { suggestion, nearest } from "./nearest.ts";
import { type Problem, shaped } from "./problems.ts";
import { contradictionsIn, type ServiceDefinition } from "./service-definition.ts";
import { DEFINED_NAME, SERVICE_SHAPE, type ServiceKeys } from "./service-keys.ts";
import { shellWords } from "./shell-words.ts";
import { TSM_OWN, TSM_VARIABLES, type TsmVariable } from "./tsm-variables.ts";

/** What a `.tsm` file is read with. */
export interface TsmFileContext {
  /** The file; absolute. */
  readonly file: string;
  /** What `$V` finds where the file has not set it. */
  readonly variables: Readonly<Record<string, string>>;
  /** The organisation whose file it is. */
  readonly org?: string;
}

type Values = ReadonlyMap<string, Assignment>;

/** The env file when nothing is said: the original's. */
const DEFAULT_ENV = "local";

/**
 * Reads a `.tsm` file of the originals, or of ours, without executing anything.
 * @throws TetraError `NOT_ASSIGNMENTS` where it has more shell than assignments, `INVALID_DEFINITION`
 */
export function parseTsmFile(
  text: string,
  { file, variables, org }: TsmFileContext,
): ServiceDefinition {
  const assignments = parseAssignments(text, { variables, where: file });
  const values: Values = new Map(assignments.map((assignment) => [assignment.name, assignment]));
  const keys = keysOf(values, file);
  const checked = shaped(SERVICE_SHAPE, keys, (problems) => refuse(problems, values, file));
  refuse(contradictionsIn(keys), values, file);
  const stem = basename(file, ".tsm");
  const base = textOf(values, "TSM_NAME", file) ?? stem;
  if (!DEFINED_NAME.test(base)) {
    throw invalidDefinition(
      { file, line: values.get("TSM_NAME")?.line },
      `TSM_NAME must be a name: letters, digits and _ . @ + -, and no number`,
    );
  }
  return {
    name: stem,
    ...(org === undefined ? {} : { org }),
    keys: checked,
    naming: { base, withPort: true },
    folder: dirname(resolve(file)),
    place: { file, line: values.get("TSM_NAME")?.line ?? 1 },
    warnings: warningsAbout(assignments),
  };
}

function keysOf(values: Values, file: string): ServiceKeys {
  const keys: Nested = {};
  for (const variable of TSM_VARIABLES) {
    const value = valueOf(values, variable, file);
    if (value !== undefined) putAt(keys, variable.path, value);
  }
  const found: Nested = {
    ...collapsedKeys(keys),
    ...commandOf(values, file),
    ...envFileOf(values, file),
    ...listKey("success_exit", values, (items) =>
      items.map((item) => (/^\d+$/.test(item) ? Number(item) : item)),
    ),
    ...listKey("depends_on", values, dependenciesFrom),
  };
  const env = {
    ...Object.fromEntries(
      [...values.values()]
        .filter(({ name, exported }) => exported && !name.startsWith("TSM_"))
        .map(({ name, value }) => [name, typeof value === "string" ? value : (value[0] ?? "")]),
    ),
    ...envOf(values, file),
  };
  return { ...found, ...(Object.keys(env).length === 0 ? {} : { env }) };
}

const LIST_KEYS = { success_exit: "TSM_SUCCESS_EXIT", depends_on: "TSM_DEPS" } as const;

function listKey(
  key: keyof typeof LIST_KEYS,
  values: Values,
  read: (items: readonly string[]) => unknown,
): Nested {
  const items = listOf(values, LIST_KEYS[key]);
  return items === undefined ? {} : { [key]: read(items) };
}

function dependenciesFrom(items: readonly string[]): unknown {
  const pairs = items.map((item) => item.split(":"));
  return pairs.every(([, condition]) => condition === undefined)
    ? items
    : Object.fromEntries(pairs.map(([name, condition = "started"]) => [name, condition]));
}

function commandOf(values: Values, file: string): Pick<ServiceKeys, "command" | "args"> {
  const command = textOf(values, "TSM_COMMAND", file);
  const args = listOf(values, "TSM_ARGS");
  if (command === undefined) return args === undefined ? {} : { args };
  return { command: args === undefined ? command : [...shellWords(command), ...args] };
}

function envFileOf(values: Values, file: string): Pick<ServiceKeys, "env_file"> {
  const path = textOf(values, "TSM_ENV_FILE", file) ?? "";
  if (path !== "") return { env_file: path };
  const env = textOf(values, "TSM_ENV", file) ?? DEFAULT_ENV;
  return env === "none" ? {} : { env_file: `env/${env}.env` };
}

function envOf(values: Values, file: string): Readonly<Record<string, string>> {
  const line = values.get("TSM_VARS")?.line;
  return Object.fromEntries(
    (listOf(values, "TSM_VARS") ?? []).map((item) => {
      const at = item.indexOf("=");
      if (at < 1) throw invalidDefinition({ file, line }, `TSM_VARS: ${item} is no NAME=value`);
      return [item.slice(0, at), item.slice(at + 1)];
    }),
  );
}

function putAt(keys: Nested, [first, ...rest]: readonly string[], value: unknown): void {
  if (first === undefined) return;
  if (rest.length === 0) keys[first] = value;
  else {
    const inner = keys[first];
    const nested = isNested(inner) ? inner : {};
    keys[first] = nested;
    putAt(nested, rest, value);
  }
}

function valueOf(values: Values, { name, kind }: TsmVariable, file: string): unknown {
  if (kind === "list") return listOf(values, name);
  const text = textOf(values, name, file);
  if (text === undefined || text === "") return undefined; // as the original: empty is not set
  if (kind === "number" && /^[0-9]+(\.[0-9]+)?$/.test(text)) return Number(text);
  if (kind === "yes") return text === "true" ? true : text === "false" ? false : text;
  return text;
}

function textOf(values: Values, name: string, file: string): string | undefined {
  const { value, line } = values.get(name) ?? {};
  if (value === undefined || typeof value === "string") return value === "" ? undefined : value;
  throw invalidDefinition({ file, line }, `${name} must be text, not an array`);
}

/** A list; text is taken by its words. */
function listOf(values: Values, name: string): readonly string[] | undefined {
  const value = values.get(name)?.value;
  if (typeof value === "string") return value === "" ? undefined : shellWords(value);
  return value?.length === 0 && name !== "TSM_ARGS" ? undefined : value;
}

/** @throws TetraError `INVALID_DEFINITION` for the first problem */
function refuse(problems: readonly Problem[], values: Values, file: string): void {
  const [problem] = problems;
  if (problem === undefined) return;
  if (problem.path.length === 0) {
    const typed = nearest("TSM_COMMAND", [...values.keys()]);
    throw invalidDefinition({ file }, "TSM_COMMAND is missing", {
      hint: typed === undefined ? "say what to run" : `did you mean it by ${typed}?`,
    });
  }
  const variable = variableOf(problem.path);
  throw invalidDefinition(
    { file, line: values.get(variable)?.line },
    `${variable}${problem.isKey ? ":" : ""} ${problem.message}`,
  );
}

function variableOf(path: readonly PropertyKey[]): string {
  const [first, second] = path;
  const own: Readonly<Record<string, string>> = {
    command: "TSM_COMMAND",
    args: "TSM_ARGS",
    env: "TSM_VARS",
    env_file: "TSM_ENV",
    ...LIST_KEYS,
  };
  const found =
    TSM_VARIABLES.find(({ path: [key, inner] }) => key === first && inner === second) ??
    TSM_VARIABLES.find(({ path: [key] }) => key === first);
  return own[String(first)] ?? found?.name ?? "TSM_COMMAND";
}

function warningsAbout(assignments: readonly Assignment[]): readonly string[] {
  const known = [...TSM_OWN, ...TSM_VARIABLES.map(({ name }) => name)];
  return assignments
    .filter(({ name }) => name.startsWith("TSM_") && !known.includes(name))
    .map(({ name, line }) => {
      const meant = nearest(name, known);
      const hint = meant === undefined ? "" : `: ${suggestion(name, known)}`;
      return `line ${line}: ${name} means nothing here${hint}`;
    });
}
