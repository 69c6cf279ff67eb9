import { constants } from "node:os";
import { TetraError } from "@tetra/errors";
import { careFrom } from "../care/care-from.ts";
import type { ServiceCare } from "../care/service-care.ts";
import type { TsmErrorCode } from "../errors.ts";
import { policyFrom, type RestartPolicy } from "../supervise/restart-policy.ts";
import { countFrom, numberFrom, oneOf, parseRecord, textFrom, textsFrom } from "./lenient.ts";

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

/** Every key that this package knows of, in a Record so that none is forgotten. */
const KNOWN: Readonly<Record<Exclude<keyof Meta, "others"> | "type", true>> = {
  tsm_id: true,
  name: true,
  pid: true,
  command: true,
  port: true,
  cwd: true,
  interpreter: true,
  process_type: true,
  type: true,
  env_file: true,
  prehook: true,
  start_time: true,
  status: true,
  restarts: true,
  unstable_restarts: true,
  stop_time: true,
  desired: true,
  generation: true,
  boot_id: true,
  cookie: true,
  stopped_generation: true,
  argv: true,
  stop_signal: true,
  stop_timeout_ms: true,
  restart_policy: true,
  care: true,
  org: true,
  group: true,
  instance: true,
  umask: true,
  ready_generation: true,
  ended_generation: true,
};
const KEYS: ReadonlySet<string> = new Set(Object.keys(KNOWN));

/**
 * Reads a `meta.json`, ours or the original's.
 * @param name the folder's, which counts
 * @throws TetraError `INVALID_META` when it is no JSON object.
 */
export function parseMeta(text: string, name: string): Meta {
  const read = parseObject(text, name);
  const { status } = read;
  const wasStopped = status === "stopped";
  const meta: Writable<Meta> = {
    name,
    command: textFrom(read["command"]) ?? "",
    cwd: textFrom(read["cwd"]) ?? "",
    interpreter: textFrom(read["interpreter"]) ?? "",
    process_type: textFrom(read["process_type"]) ?? textFrom(read["type"]) ?? "command",
    env_file: textFrom(read["env_file"]) ?? "",
    prehook: textFrom(read["prehook"]) ?? "",
    status: textFrom(status) ?? "online",
    restarts: countFrom(read["restarts"]) ?? 0,
    unstable_restarts: countFrom(read["unstable_restarts"]) ?? 0,
    desired: oneOf(DESIRES, read["desired"]) ?? (wasStopped ? "stopped" : "online"),
    generation: countFrom(read["generation"]) ?? 0,
    boot_id: textFrom(read["boot_id"]) ?? "",
    cookie: textFrom(read["cookie"]) ?? "",
    stopped_generation: countFrom(read["stopped_generation"]) ?? (wasStopped ? 0 : -1),
    argv: textsFrom(read["argv"]) ?? [],
    stop_signal: signalFrom(read["stop_signal"]) ?? "SIGTERM",
    stop_timeout_ms: countFrom(read["stop_timeout_ms"]) ?? STOP_TIMEOUT_MS,
    restart_policy: policyFrom(read["restart_policy"]),
    care: careFrom(read["care"]),
    others: Object.fromEntries(Object.entries(read).filter(([key]) => !KEYS.has(key))),
  };
  addTo(meta, "tsm_id", countFrom(read["tsm_id"]));
  addTo(meta, "pid", pidFrom(read["pid"]));
  addTo(meta, "port", portFrom(read["port"]));
  addTo(meta, "start_time", numberFrom(read["start_time"]));
  addTo(meta, "stop_time", numberFrom(read["stop_time"]));
  addTo(meta, "org", wordFrom(read["org"]));
  addTo(meta, "group", wordFrom(read["group"]));
  addTo(meta, "instance", countFrom(read["instance"]));
  addTo(meta, "umask", umaskFrom(read["umask"]));
  addTo(meta, "ready_generation", countFrom(read["ready_generation"]));
  addTo(meta, "ended_generation", countFrom(read["ended_generation"]));
  return meta;
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
  return parseRecord(
    text,
    (why) =>
      new TetraError<TsmErrorCode>("INVALID_META", `${name}/meta.json: ${why}`, {
        hint: `correct it, or end what runs with: tsm stop ${name}, and remove it with: tsm delete ${name}`,
        details: { name },
      }),
  );
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

// many of these files are read for one list, and building objects of objects takes longest
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function addTo<Key extends keyof Meta>(
  meta: Writable<Meta>,
  key: Key,
  value: Meta[Key] | undefined,
): void {
  if (value !== undefined) meta[key] = value;
}
