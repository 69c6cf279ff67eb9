import { commandVector } from "../run/command-vector.ts";
import { expandedKeys, isNested, type Nested } from "./key-forms.ts";
import { dependenciesOf } from "./service-definition.ts";
import type { ServiceKeys } from "./service-keys.ts";
import { shellQuoted } from "./shell-words.ts";
import { TSM_VARIABLES } from "./tsm-variables.ts";

/** The text of a `.tsm` file. The original tools can source it; they do not know all of its variables. */
export function formatTsmFile(name: string, keys: ServiceKeys): string {
  const expanded = expandedKeys(keys);
  const lines = [
    "#!/usr/bin/env bash",
    "# shellcheck disable=SC2034,SC2016 # tsm reads these",
    assignment("TSM_NAME", name),
    ...commandLines(keys),
    ...envFileLines(keys.env_file),
    ...TSM_VARIABLES.map(({ name: variable, path }) =>
      assignment(variable, valueAt(expanded, path)),
    ),
    assignment(
      "TSM_VARS",
      listOrNothing(Object.entries(keys.env ?? {}).map(([key, value]) => `${key}=${value}`)),
    ),
    assignment("TSM_SUCCESS_EXIT", listOrNothing((keys.success_exit ?? []).map(String))),
    assignment(
      "TSM_DEPS",
      listOrNothing(
        dependenciesOf(keys).map(({ name: dependency, condition }) =>
          condition === "started" ? dependency : `${dependency}:${condition}`,
        ),
      ),
    ),
  ];
  return `${lines.filter((line) => line !== "").join("\n")}\n`;
}

function commandLines({ command, script, args }: ServiceKeys): readonly string[] {
  if (script !== undefined) return [assignment("TSM_ARGS", args?.map(String))];
  if (typeof command === "string") return [assignment("TSM_COMMAND", command)];
  const words = (command ?? []).map(String);
  const text = words.join(" ");
  // as one text, so that the original tools run all of it
  const isPlain = JSON.stringify(commandVector(text)) === JSON.stringify(words);
  if (isPlain) return [assignment("TSM_COMMAND", text)];
  const [program = "", ...rest] = words;
  return [assignment("TSM_COMMAND", shellQuoted(program)), assignment("TSM_ARGS", rest)];
}

function envFileLines(path: string | undefined): readonly string[] {
  if (path === undefined) return [assignment("TSM_ENV", "none")];
  const [, env] = /^env\/([A-Za-z0-9_-]+)\.env$/.exec(path) ?? [];
  if (env !== undefined && env !== "none") return [assignment("TSM_ENV", env)];
  return [assignment("TSM_ENV", "none"), assignment("TSM_ENV_FILE", path)];
}

function valueAt(keys: Nested, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isNested(value) ? value[key] : undefined), keys);
}

function assignment(name: string, value: unknown): string {
  if (value === undefined || value === false) return value === false ? `${name}=false` : "";
  if (!Array.isArray(value)) return `${name}=${shellQuoted(textOf(value))}`;
  return `${name}=(${value.map((item) => shellQuoted(textOf(item))).join(" ")})`;
}

function listOrNothing(items: readonly string[]): readonly string[] | undefined {
  return items.length === 0 ? undefined : items;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
