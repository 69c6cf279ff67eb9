import { isDeepStrictEqual } from "node:util";
import { commandVector, showCommand } from "../run/command-vector.ts";
import type { ServiceSpec } from "../run/service-spec.ts";
import type { Meta } from "../files/meta.ts";
import type { ServiceEnvironment } from "../files/store.ts";
import { DEFAULT_POLICY } from "../supervise/restart-policy.ts";
import { maskSecret, maskWords } from "./secrets.ts";
import { inWords } from "./in-words.ts";
import { stated } from "./stated.ts";

/** What a service is started with, as far as two of them are compared. */
export type Launched = Pick<
  ServiceSpec,
  | "command"
  | "cwd"
  | "environment"
  | "port"
  | "prehook"
  | "stopSignal"
  | "stopTimeoutMs"
  | "org"
  | "group"
  | "restartPolicy"
  | "care"
>;

/** What a service was started with, by what is written about it. */
export function launchedAs(meta: Meta, environment: ServiceEnvironment): Launched {
  return {
    command: meta.argv.length === 0 ? meta.command : meta.argv,
    cwd: meta.cwd,
    environment,
    stopSignal: meta.stop_signal,
    stopTimeoutMs: meta.stop_timeout_ms,
    restartPolicy: meta.restart_policy,
    care: meta.care,
    ...stated({
      port: meta.port,
      prehook: meta.prehook === "" ? undefined : meta.prehook,
      org: meta.org,
      group: meta.group,
    }),
  };
}

/** Something that is another than before, with secrets masked. */
export interface LaunchChange {
  /** `command`, `port` …, or `environment NAME`. */
  readonly what: string;
  /** As it may be shown; absent: there was none. */
  readonly before?: string;
  /** As it may be shown; absent: there is none any more. */
  readonly after?: string;
}

/** What nobody said, and is so all the same. */
const DEFAULTS: Partial<Launched> = { stopSignal: "SIGTERM", stopTimeoutMs: 10_000 };

const FIELDS = ["cwd", "port", "prehook", "stopSignal", "stopTimeoutMs", "org", "group"] as const;

/** What shells count up by themselves. */
const NOISE: ReadonlySet<string> = new Set(["_", "OLDPWD", "PWD", "SHLVL"]);

/** What differs between what ran and what will run, secrets masked. */
export function launchDifference(before: Launched, after: Launched): readonly LaunchChange[] {
  const [was, is] = [
    { ...DEFAULTS, ...before },
    { ...DEFAULTS, ...after },
  ];
  return [
    ...commandChange(before, after),
    ...FIELDS.flatMap((field) =>
      was[field] === is[field] ? [] : [change(field, textOf(was[field]), textOf(is[field]))],
    ),
    ...nested(
      "restart",
      before.restartPolicy ?? DEFAULT_POLICY,
      after.restartPolicy ?? DEFAULT_POLICY,
    ),
    ...nested("care", before.care ?? {}, after.care ?? {}),
    ...environmentChanges(before.environment, after.environment),
  ];
}

/** A change as one line. */
export function describeChange({ what, before, after }: LaunchChange): string {
  if (before === undefined) return `${what}: ${after} (new)`;
  return after === undefined ? `${what}: ${before} (gone)` : `${what}: ${before} -> ${after}`;
}

function commandChange(before: Launched, after: Launched): readonly LaunchChange[] {
  const [was, is] = [commandVector(before.command), commandVector(after.command)];
  if (isDeepStrictEqual(was, is)) return [];
  return [change("command", showCommand(maskWords(was)), showCommand(maskWords(is)))];
}

/** A secret that changed looks the same before and after; that it changed must show. */
function environmentChanges(
  before: Launched["environment"],
  after: Launched["environment"],
): readonly LaunchChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.flatMap((name) => {
    const [was, is] = [before[name], after[name]];
    if (was === is || NOISE.has(name)) return [];
    const shown = (value: string | undefined): string | undefined =>
      value === undefined ? undefined : maskSecret(name, value);
    return [change(`environment ${name}`, shown(was), shown(is))];
  });
}

function nested(what: string, before: object, after: object): readonly LaunchChange[] {
  const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) =>
    isDeepStrictEqual(was.get(key), is.get(key))
      ? []
      : [change(`${what} ${key}`, textOf(was.get(key)), textOf(is.get(key)))],
  );
}

function change(what: string, before: string | undefined, after: string | undefined): LaunchChange {
  return { what, ...stated({ before, after }) };
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return inWords(value);
}
