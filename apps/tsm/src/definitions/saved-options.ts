import { type Arguments, type Options, usageError } from "@tetra/cli-kit";
import type { ServiceKeys } from "@tetra/tsm/definitions";
import { resolve } from "node:path";
import { START_OPTIONS } from "../start/start-options.ts";

/** An option of `start`, as the keys of a definition. */
type AsKeys = (value: string, cwd: string) => ServiceKeys;

/** Those that mean the same in a definition. */
const KEYS: Readonly<Record<string, AsKeys>> = {
  port: (port) => ({ port: whole("port", port) }),
  env: (env) => (env === "none" ? {} : { env_file: envFile(env) }),
  cwd: (folder, cwd) => ({ cwd: resolve(cwd, folder) }),
  "pre-hook": (hook) => ({ pre_hook: hook }),
  restart: (when) => ({ restart: restartWord(when) }),
  "max-restarts": (count) => ({ max_restarts: whole("max-restarts", count) }),
  "stop-signal": (signal) => ({ stop_signal: signal }),
  "stop-timeout": (time) => ({ stop_timeout: time }),
  "max-memory": (size) => ({ max_memory: size }),
  instances: (count) => ({ instances: whole("instances", count) }),
  watch: () => ({ watch: true }),
  cron: (when) => ({ cron: when }),
  health: (probe) => ({ health: probe }),
  ready: (probe) => ({ ready: probe }),
  user: (user) => ({ user }),
  "merge-output": () => ({ merge_output: true }),
};

/** The options of `save` that say what is kept: those of `start` that a definition has a key for. */
export const SAVED_OPTIONS: Options = {
  ...Object.fromEntries(
    Object.entries(START_OPTIONS).filter(([name]) => Object.hasOwn(KEYS, name)),
  ),
  description: { short: "d", value: "TEXT", summary: "what it is, for people" },
};

/** What the options say. @throws TetraError `USAGE` */
export function savedKeys(args: Arguments, cwd: string): ServiceKeys {
  const description = args.value("description");
  const said = Object.entries(KEYS).filter(([name]) => args.has(name));
  const keys = said.map(([name, asKeys]) => asKeys(args.value(name) ?? "", cwd));
  return Object.assign({}, ...keys, description === undefined ? {} : { description });
}

function whole(option: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  if (option === "port")
    throw usageError(`save: ${JSON.stringify(text)} is no port`, "use 1 to 65535");
  throw usageError(`save: --${option} takes a number, not ${JSON.stringify(text)}`, "use digits");
}

function restartWord(text: string): "no" | "on-failure" | "always" {
  if (text === "no" || text === "on-failure" || text === "always") return text;
  throw usageError(`save: --restart: ${JSON.stringify(text)}`, "use no, on-failure or always");
}

/** A bare word is a file of the folder `env`. */
function envFile(env: string): string {
  return env.includes("/") || env.includes(".") ? env : `env/${env}.env`;
}
