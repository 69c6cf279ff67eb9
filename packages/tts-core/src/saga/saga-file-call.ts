import type { Compensation, RetryPolicy } from "./definition.ts";
import { durationMs } from "./duration.ts";
import type { Json } from "./json.ts";
import { jsonProblem } from "./json-problem.ts";
import { refusal } from "./saga-file-refusal.ts";
import type { ActionKeys, Command, EnvValue, RetryKeys, RunKeys } from "./saga-file-shape.ts";
import { anyData, type FileScope, partsOf, placeReference, textData } from "./saga-file-text.ts";
import { shellText } from "./shell-text.ts";

/** The name of the action that runs commands: whoever runs sagas from files registers it. */
export const SHELL_ACTION = "shell";

/** What the action `shell` gets. */
export interface ShellData {
  /** Text for `sh -c`, or a program and its arguments. */
  readonly run: string | readonly string[];
  /** Variables that the command gets besides those there are. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder to run it in. Default: where the saga was started. */
  readonly cwd?: string;
  /** The endpoint to run it on, such as `@staging`. Default: this machine. */
  readonly on?: string;
  /** The command for people, values put in, where `run` has variables of the shell for them. */
  readonly shows?: string;
}

/** What the action `shell` resolves to. */
export interface ShellResult {
  /** 0; the action throws for any other. */
  readonly exit_code: number;
  /** What it wrote, without space at the ends, up to 4 KiB. */
  readonly stdout: string;
  /** The artifact that has all of it. */
  readonly stdout_file?: string;
  /** The artifact with its complaints. */
  readonly stderr_file?: string;
}

/** What holds around a command, unless it says otherwise. */
export type Around = Pick<RunKeys, "env" | "cwd" | "on">;

/** The same, with what a command says itself. */
export function aroundIn(around: Around, keys: Partial<RunKeys>): Around {
  const { env = {}, cwd = around.cwd, on = around.on } = keys;
  return {
    env: { ...around.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(on === undefined ? {} : { on }),
  };
}

/** A call of the action that runs commands. @throws TetraError `INVALID_SAGA` */
export function runCall(keys: RunKeys, around: Around, scope: FileScope): Compensation {
  const { env = {}, cwd, on } = aroundIn(around, keys);
  const { run, env: used, shows } = commandData(keys.run, scope);
  const variables = { ...envData(env, scope), ...used };
  return {
    action: SHELL_ACTION,
    data: {
      run,
      ...(Object.keys(variables).length === 0 ? {} : { env: variables }),
      ...(cwd === undefined ? {} : { cwd: textData(cwd, scope) }),
      ...(on === undefined ? {} : { on: textData(on, scope) }),
      ...(shows === undefined ? {} : { shows }),
    },
    ...attempts(keys),
  };
}

interface CommandData {
  readonly run: Json;
  readonly env?: Readonly<Record<string, Json>>;
  readonly shows?: Json;
}

function commandData(command: Command, scope: FileScope): CommandData {
  if (typeof command !== "string") return { run: command.map((it) => textData(String(it), scope)) };
  const parts = partsOf(command);
  const names = new Map<string, string>();
  const run = shellText(parts, (place) => {
    const known = names.get(place) ?? variableFor(place, names);
    names.set(place, known);
    return known;
  });
  if (names.size === 0) return { run };
  const env = [...names].map(([place, variable]) => [
    variable,
    { $text: [placeReference(place, scope)] },
  ]);
  const shows = parts.map((part) => (part.type === "text" ? part.text : shown(part.name, scope)));
  return { run, env: Object.fromEntries(env), shows: { $text: shows } };
}

/** A variable of the shell for a place. Names of steps may have signs, variables of the shell not. */
function variableFor(place: string, names: ReadonlyMap<string, string>): string {
  const plain = place.replace(/^(?!steps\.)/, "var.").replaceAll(/[^A-Za-z0-9]/g, "_");
  const taken = [...names.values()];
  const wanted = `${OURS}${plain}`;
  return taken.includes(wanted) ? `${wanted}_${taken.length}` : wanted;
}

const OURS = "TETRA_";

/** A secret is named, not shown. */
function shown(place: string, scope: FileScope): Json {
  const value = Object.hasOwn(scope.vars, place) ? scope.vars[place] : undefined;
  return typeof value === "object" ? `(secret ${value.$secret})` : placeReference(place, scope);
}

function envData(
  env: Readonly<Record<string, EnvValue>>,
  scope: FileScope,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]): [string, Json] => [
      name,
      typeof value === "object" ? { $secret: value.secret } : textData(String(value), scope),
    ]),
  );
}

/** A call of a registered action. @throws TetraError `INVALID_SAGA` */
export function actionCall(keys: ActionKeys, scope: FileScope): Compensation {
  const { action, data } = keys;
  if (data === undefined) return { action, ...attempts(keys) };
  const problem = jsonProblem(data, "data");
  if (problem !== undefined || !isJson(data)) throw refusal(problem ?? "data is not JSON");
  return { action, data: anyData(data, scope), ...attempts(keys) };
}

/** After `jsonProblem` found none. */
function isJson(value: unknown): value is Json {
  return value !== undefined;
}

function attempts(keys: {
  readonly retry?: RetryKeys;
  readonly timeout?: string;
}): Pick<Compensation, "retry" | "timeoutMs"> {
  const { retry, timeout } = keys;
  return { ...(retry === undefined ? {} : { retry: retryOf(retry) }), ...timeLimit(timeout) };
}

function retryOf({ attempts: maxAttempts, first, factor, max }: RetryKeys): RetryPolicy {
  const firstMs = durationMs(first ?? "");
  const maxMs = durationMs(max ?? "");
  return {
    maxAttempts,
    ...(firstMs === undefined ? {} : { firstMs }),
    ...(factor === undefined ? {} : { factor }),
    ...(maxMs === undefined ? {} : { maxMs }),
  };
}

/** A limit in milliseconds, where there is one. */
export function timeLimit(timeout: string | undefined): { readonly timeoutMs?: number } {
  const timeoutMs = durationMs(timeout ?? "");
  return timeoutMs === undefined ? {} : { timeoutMs };
}
