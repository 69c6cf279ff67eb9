import { constants } from "node:os";
import { TetraError } from "@tetra/errors";
import { careFrom } from "../care/care-from.ts";
import type { ServiceCare } from "../care/service-care.ts";
import type { TsmErrorCode } from "../errors.ts";
import { policyFrom, type RestartPolicy } from "../supervise/restart-policy.ts";
import { countFrom, isRecord, numberFrom, oneOf, textFrom, textsFrom } from "./lenient.ts";

const DESIRES = ["online", "stopped"] as const;

/** What somebody wants a service to be: `online` or `stopped`. */
export type Desire = (typeof DESIRES)[number];

/** How long a service may take to end when nobody said: the original's 10 seconds. */
const STOP_TIMEOUT_MS = 10_000;

/**
 * `meta.json`: what should be, and what the original tools want to know. The keys down to `stop_time`
 * are the original's. What is, is told by the shim's journal and the process table.
 */
export interface Meta {
  /** Absent: none was allotted yet. */
  readonly tsm_id?: number;
  readonly name: string;
  /** Of the last run that somebody looked at. */
  readonly pid?: number;
  /** The command for people to read; it is run from `argv`. */
  readonly command: string;
  /** Absent (`"none"` in the file): none is known. */
  readonly port?: number;
  readonly cwd: string;
  /** `""` for plain commands. */
  readonly interpreter: string;
  /** `python`, `node`, `bash`, `lua`, `go`, `command`. */
  readonly process_type: string;
  /** `""`: none. */
  readonly env_file: string;
  /** `""`: none. */
  readonly prehook: string;
  /** Unix seconds. */
  readonly start_time?: number;
  /** What it was when the file was written; for the original tools, never believed by us. */
  readonly status: string;
  readonly restarts: number;
  readonly unstable_restarts: number;
  /** Unix seconds, with fractions. */
  readonly stop_time?: number;
  /** What it should be. */
  readonly desired: Desire;
  /** Counts the runs, from 1; 0: this run was not begun by us. Written before the run begins. */
  readonly generation: number;
  /** In which boot of the machine that run was begun. */
  readonly boot_id: string;
  /** Marks the processes of that run, in their environment. */
  readonly cookie: string;
  /** The last run that somebody told to stop. */
  readonly stopped_generation: number;
  /** The argument vector; empty when we did not start it. */
  readonly argv: readonly string[];
  /** Which signal asks it to end. */
  readonly stop_signal: NodeJS.Signals;
  /** How long it may take to end before it is killed. */
  readonly stop_timeout_ms: number;
  readonly restart_policy: RestartPolicy;
  /** What it is looked after for besides. */
  readonly care: ServiceCare;
  /** Its organisation, the part before the slash in `org/name`. */
  readonly org?: string;
  /** What services are named together by. */
  readonly group?: string;
  /** Which of several like it this is, from 0. */
  readonly instance?: number;
  /** The file mode bits that its processes leave out, in octal: those of whoever started it first. */
  readonly umask?: string;
  /** The last run that answered its readiness probe. */
  readonly ready_generation?: number;
  /** The last run whose end is in the history. */
  readonly ended_generation?: number;
  /** Whatever else is in the file: later tools' keys, handed back unchanged. */
  readonly others: Readonly<Record<string, unknown>>;
}

/**
 * Reads a `meta.json`, ours or the original's.
 * @param name the folder's, which counts
 * @throws TetraError `INVALID_META` when it is no JSON object.
 */
export function parseMeta(text: string, name: string): Meta {
  const read = parseObject(text, name);
  const {
    tsm_id,
    pid,
    command,
    port,
    cwd,
    interpreter,
    process_type,
    type,
    env_file,
    prehook,
    start_time,
    status,
    restarts,
    unstable_restarts,
    stop_time,
    desired,
    generation,
    boot_id,
    cookie,
    stopped_generation,
    argv,
    stop_signal,
    stop_timeout_ms,
    restart_policy,
    care,
    org,
    group,
    instance,
    umask,
    ready_generation,
    ended_generation,
    name: _folderCounts,
    ...others
  } = read;
  const wasStopped = status === "stopped";
  return {
    ...present("tsm_id", countFrom(tsm_id)),
    ...present("pid", pidFrom(pid)),
    ...present("port", portFrom(port)),
    ...present("start_time", numberFrom(start_time)),
    ...present("stop_time", numberFrom(stop_time)),
    ...present("org", wordFrom(org)),
    ...present("group", wordFrom(group)),
    ...present("instance", countFrom(instance)),
    ...present("umask", umaskFrom(umask)),
    ...present("ready_generation", countFrom(ready_generation)),
    ...present("ended_generation", countFrom(ended_generation)),
    name,
    command: textFrom(command) ?? "",
    cwd: textFrom(cwd) ?? "",
    interpreter: textFrom(interpreter) ?? "",
    process_type: textFrom(process_type) ?? textFrom(type) ?? "command",
    env_file: textFrom(env_file) ?? "",
    prehook: textFrom(prehook) ?? "",
    status: textFrom(status) ?? "online",
    restarts: countFrom(restarts) ?? 0,
    unstable_restarts: countFrom(unstable_restarts) ?? 0,
    desired: oneOf(DESIRES, desired) ?? (wasStopped ? "stopped" : "online"),
    generation: countFrom(generation) ?? 0,
    boot_id: textFrom(boot_id) ?? "",
    cookie: textFrom(cookie) ?? "",
    stopped_generation: countFrom(stopped_generation) ?? (wasStopped ? 0 : -1),
    argv: textsFrom(argv) ?? [],
    stop_signal: signalFrom(stop_signal) ?? "SIGTERM",
    stop_timeout_ms: countFrom(stop_timeout_ms) ?? STOP_TIMEOUT_MS,
    restart_policy: policyFrom(restart_policy),
    care: careFrom(care),
    others,
  };
}

/** The file's text: the original's keys first, in its order. */
export function formatMeta({ others, ...meta }: Meta): string {
  const { tsm_id, name, pid, command, port = "none", cwd, ...rest } = meta;
  const known = { tsm_id, name, pid, command, port, cwd, ...rest };
  return `${JSON.stringify({ ...known, ...others }, undefined, 2)}\n`;
}

function signalFrom(value: unknown): NodeJS.Signals | undefined {
  return typeof value === "string" && isSignal(value) ? value : undefined;
}

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals;
}

function parseObject(text: string, name: string): Readonly<Record<string, unknown>> {
  let why = "no JSON object";
  try {
    const read: unknown = JSON.parse(text);
    if (isRecord(read)) return read;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    why = error.message;
  }
  throw new TetraError<TsmErrorCode>("INVALID_META", `${name}/meta.json: ${why}`, {
    hint: "correct it, or remove the service's folder",
    details: { name },
  });
}

function pidFrom(value: unknown): number | undefined {
  const pid = countFrom(value);
  return pid !== undefined && pid > 1 ? pid : undefined;
}

function portFrom(value: unknown): number | undefined {
  const port = countFrom(value);
  return port !== undefined && port > 0 && port < 65_536 ? port : undefined;
}

function wordFrom(value: unknown): string | undefined {
  const word = textFrom(value);
  return word === "" ? undefined : word;
}

function umaskFrom(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-7]{3,4}$/.test(value) ? value : undefined;
}

function present<Key extends keyof Meta>(
  key: Key,
  value: Meta[Key] | undefined,
): { readonly [K in Key]?: Meta[K] } {
  if (value === undefined) return {};
  const one: { [K in Key]?: Meta[K] } = {};
  one[key] = value;
  return one;
}
