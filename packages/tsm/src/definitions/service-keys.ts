import * as z from "zod/mini";
import { CONDITIONS, type DependencyCondition } from "../care/service-care.ts";
import type { Restart } from "../supervise/restart-policy.ts";
import { suggestion } from "./nearest.ts";
import { DURATION, SIZE } from "./quantities.ts";

// A service as a person writes it, in tsm.yaml and, with other words for the same keys, in a .tsm file.
// The published JSON Schema is made of the same pieces as the check.

/** Text, or what YAML takes for something else although text was meant. */
export type Scalar = string | number | boolean;

/** A number and its unit: `500ms`, `10s`, `5m`, `1.5h`. */
export type DurationText = string;

/** A probe with what is around it. Exactly one of `http`, `tcp` and `command` says what is asked. */
export interface ProbeKeys {
  /** A whole address, or a path that is asked at the service's own port. */
  readonly http?: string;
  /** `true` for the service's own port, a port of this machine, or `host:port`. */
  readonly tcp?: true | number | string;
  /** Text for `sh -c`, or a program and its arguments. */
  readonly command?: string | readonly Scalar[];
}

/** When the service counts as started. */
export interface ReadyKeys extends ProbeKeys {
  /** How long it may take. Default: 30 s. */
  readonly timeout?: DurationText;
}

/** When the running service counts as healthy. */
export interface HealthKeys extends ProbeKeys {
  /** Between two probes. Default: 10 s. */
  readonly interval?: DurationText;
  /** How long one may take. Default: 5 s. */
  readonly timeout?: DurationText;
  /** So many failures in a row, and it is restarted. Default: 3. */
  readonly failures?: number;
  /** So many successes in a row, and it is healthy. Default: 1. */
  readonly successes?: number;
  /** Failures so soon after the start do not count. Default: 0. */
  readonly grace?: DurationText;
}

/** How long to wait before a restart. */
export interface BackoffKeys {
  /** Before the first; it doubles with each failure in a row. */
  readonly first?: DurationText;
  /** The longest. */
  readonly max?: DurationText;
  /** Up to this part of it, 0 to 1, is left out by chance. */
  readonly jitter?: number;
}

/** Files whose change restarts the service. */
export interface WatchKeys {
  readonly paths?: readonly string[];
  /** Globs of what does not count. */
  readonly ignore?: readonly string[];
}

/** How much is kept of the output. */
export interface LogKeys {
  /** `10M`; 0: never rotated for its size. */
  readonly max_size?: string | number;
  /** `7d`; `0s`: never rotated for its age. */
  readonly max_age?: DurationText;
  /** So many rotated segments. */
  readonly keep?: number;
  readonly compress?: boolean;
}

/** One service, as it is written. */
export interface ServiceKeys {
  readonly description?: string;
  readonly command?: string | readonly Scalar[];
  readonly script?: string;
  readonly args?: readonly Scalar[];
  readonly cwd?: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, Scalar>>;
  readonly env_file?: string;
  readonly pre_hook?: string;
  readonly restart?: Restart;
  readonly max_restarts?: number;
  readonly backoff?: DurationText | BackoffKeys;
  readonly stable_after?: DurationText;
  readonly success_exit?: readonly (number | string)[];
  readonly stop_signal?: string;
  readonly stop_timeout?: DurationText;
  readonly max_memory?: string | number;
  readonly instances?: number;
  readonly watch?: boolean | readonly string[] | WatchKeys;
  readonly cron?: string;
  readonly health?: string | HealthKeys;
  readonly ready?: string | ReadyKeys;
  readonly depends_on?: readonly string[] | Readonly<Record<string, DependencyCondition>>;
  readonly logs?: LogKeys;
  readonly merge_output?: boolean;
  readonly user?: string;
  readonly org?: string;
  readonly namespace?: string;
  readonly enabled?: boolean;
}

/** All of a tsm.yaml. */
export interface FileKeys {
  readonly $schema?: string;
  /** What its services belong to, unless they say otherwise. */
  readonly org?: string;
  /** Of every service; a service's own come before these. */
  readonly env?: Readonly<Record<string, Scalar>>;
  readonly services: Readonly<Record<string, ServiceKeys>>;
}

/** A name under which a service can be defined: what can be typed without quotes, and is no number. */
export const DEFINED_NAME: RegExp =
  /^(?![0-9]+$)(?!__proto__$)(?!.*\.meta$)[\p{L}\p{N}_][\p{L}\p{N}_.@+-]{0,99}$/u;

/** Signals that can be asked for. */
export const SIGNALS = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGABRT",
  "SIGKILL",
  "SIGUSR1",
  "SIGUSR2",
  "SIGPIPE",
  "SIGALRM",
  "SIGTERM",
  "SIGWINCH",
] as const;

const NOTES = z.registry<{ readonly description: string }>();

function noted<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  const copy = z.clone(schema);
  NOTES.add(copy, { description });
  return copy;
}

function optional<Schema extends z.ZodMiniType>(
  schema: Schema,
  description: string,
): z.ZodMiniExactOptional<Schema> {
  return z.exactOptional(noted(schema, description));
}

/** An object without other keys; the refusal of one names the nearest key that there is. */
function strict<const Shape extends z.core.$ZodShape>(
  shape: Shape,
): z.ZodMiniObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return "must hold keys and values";
      const [key = ""] = issue.keys;
      return `there is no key ${JSON.stringify(key)}: ${suggestion(key, known)}`;
    },
  });
}

const mustBe = (what: string): { readonly error: string } => ({ error: `must be ${what}` });
const text = z.string(mustBe("text")).check(z.regex(/^[^\0]+$/, mustBe("text, and not empty")));
const scalar = z.union(
  [z.string().check(z.regex(/^[^\0]*$/)), z.number(), z.boolean()],
  mustBe("text, a number, true or false"),
);
const yesOrNo = z.boolean(mustBe("true or false"));
const count = (least: number): z.ZodMiniType<number> =>
  z.int(mustBe("a whole number")).check(z.gte(least, mustBe(`at least ${least}`)));
const PORT = mustBe("a port, 1 to 65535");
const port = z.int(PORT).check(z.gte(1, PORT), z.lte(65_535, PORT));
const TIME = mustBe("a time such as 500ms, 10s, 5m or 1.5h");
const time = z.union(
  [
    z.string().check(z.regex(DURATION, TIME)),
    z.pipe(
      z.literal(0),
      z.transform(() => "0s"),
    ),
  ],
  TIME,
);
const SIZES = mustBe("a size such as 300M, 1.5G or a number of bytes");
const size = z.union(
  [z.int().check(z.gte(0, SIZES)), z.string().check(z.regex(SIZE, SIZES))],
  SIZES,
);
const part = z
  .number(mustBe("a number"))
  .check(z.gte(0, mustBe("0 to 1")), z.lte(1, mustBe("0 to 1")));
const signal = z.enum(SIGNALS, mustBe(`a signal: ${SIGNALS.join(", ")}`));
const COMMAND = mustBe("a command: text, or a list of a program and its arguments");
const command = z.union([text, z.array(scalar).check(z.minLength(1, COMMAND))], COMMAND);
const STATUS = mustBe("an exit status, 0 to 255, or a signal such as SIGTERM");
const texts = z.array(text, mustBe("a list of texts"));
const NAME = mustBe("a name: letters, digits and _ . @ + -, and no number");
const name = z.string(NAME).check(z.regex(DEFINED_NAME, NAME));
const env = z.record(z.string().check(z.regex(/^[^=\0]+$/)), scalar, {
  error: (issue) =>
    issue.code === "invalid_key" ? "is no name of a variable" : "must hold names and values",
});

const probe = {
  http: optional(text, "A whole address, or a path that is asked at the service's own port."),
  tcp: optional(
    z.union([z.literal(true), port, text], mustBe("true, a port, or host:port")),
    "true for the service's own port, a port of this machine, or host:port.",
  ),
  command: optional(command, "Asked with a command: status 0 means yes."),
};

const BACKOFF: z.ZodMiniType<DurationText | BackoffKeys> = z.union(
  [
    time,
    strict({
      first: optional(time, "Before the first restart; it doubles with each failure in a row."),
      max: optional(time, "The longest."),
      jitter: optional(part, "Up to this part of it is left out by chance."),
    }),
  ],
  mustBe("a time, or first, max and jitter"),
);
const WATCH: z.ZodMiniType<boolean | readonly string[] | WatchKeys> = z.union(
  [
    yesOrNo,
    texts,
    strict({
      paths: optional(texts, "Files and folders, from the service's folder. Default: all of it."),
      ignore: optional(texts, "Globs of what does not count."),
    }),
  ],
  mustBe("true, a list of paths, or paths and ignore"),
);
const HEALTH: z.ZodMiniType<string | HealthKeys> = z.union(
  [
    text,
    strict({
      ...probe,
      interval: optional(time, "Between two probes. Default: 10s."),
      timeout: optional(time, "How long one may take. Default: 5s."),
      failures: optional(count(1), "So many in a row, and it is restarted. Default: 3."),
      successes: optional(count(1), "So many in a row, and it is healthy. Default: 1."),
      grace: optional(time, "Failures so soon after the start do not count. Default: 0s."),
    }),
  ],
  mustBe("an address, tcp, a command, or what is asked with its times"),
);
const READY: z.ZodMiniType<string | ReadyKeys> = z.union(
  [text, strict({ ...probe, timeout: optional(time, "How long it may take. Default: 30s.") })],
  mustBe("an address, tcp, a command, or what is asked with its timeout"),
);
const DEPENDS_ON: z.ZodMiniType<readonly string[] | Readonly<Record<string, DependencyCondition>>> =
  z.union(
    [
      z.array(name, mustBe("a list of names")),
      z.record(name, z.enum(CONDITIONS, mustBe(`one of ${CONDITIONS.join(", ")}`)), {
        error: (issue) =>
          issue.code === "invalid_key" ? "is no name of a service" : "must be a list of names",
      }),
    ],
    mustBe("a list of names, or names with conditions"),
  );

const SERVICE = {
  description: optional(z.string(mustBe("text")), "What it is, for people."),
  command: optional(
    command,
    "What is run. Text with shell syntax runs under sh -c; a list is a program and its arguments.",
  ),
  script: optional(
    text,
    "A script that is run with the interpreter for its name, instead of a command.",
  ),
  args: optional(z.array(scalar, mustBe("a list")), "What the script is given."),
  cwd: optional(text, "The folder it runs in, from the folder of this file. Default: that folder."),
  port: optional(port, "The TCP port that it listens on; it finds it in PORT."),
  env: optional(env, "Variables of its environment; nothing is expanded in them."),
  env_file: optional(text, "A file of variables, from its folder; those in env come before them."),
  pre_hook: optional(text, "Shell text that is run first, in the same process."),
  restart: optional(
    z.enum(["no", "on-failure", "always"], mustBe("no, on-failure or always")),
    "When a run that ended by itself is followed by another. Default: no.",
  ),
  max_restarts: optional(count(0), "So many failures in a row are answered. Default: any number."),
  backoff: optional(BACKOFF, "The wait before a restart; it doubles with each failure in a row."),
  stable_after: optional(time, "A run of this length ends the row of failures. Default: 10s."),
  success_exit: optional(
    z.array(
      z.union([z.int().check(z.gte(0, STATUS), z.lte(255, STATUS)), signal], STATUS),
      mustBe("a list of exit statuses and signals"),
    ),
    "What counts as a good end. Default: 0.",
  ),
  stop_signal: optional(signal, "What asks it to end. Default: SIGTERM."),
  stop_timeout: optional(time, "How long it may take to end before it is killed. Default: 10s."),
  max_memory: optional(size, "It is restarted when its whole tree uses more."),
  instances: optional(count(1), "So many of it, each with its own port. Default: 1."),
  watch: optional(WATCH, "Files whose change restarts it."),
  cron: optional(text, "It is restarted at these times: a cron expression, in local time."),
  health: optional(
    HEALTH,
    "When it counts as healthy: an http address, tcp, tcp://host:port, or a command.",
  ),
  ready: optional(
    READY,
    "When it counts as started: an http address, tcp, tcp://host:port, or a command.",
  ),
  depends_on: optional(
    DEPENDS_ON,
    "What must come first: names, or names with started, healthy or completed.",
  ),
  logs: optional(
    strict({
      max_size: optional(size, "A longer log is rotated; 0: never. Default: 10M."),
      max_age: optional(time, "An older log is rotated. Default: never."),
      keep: optional(count(0), "So many rotated segments are kept. Default: 10."),
      compress: optional(yesOrNo, "Default: true."),
    }),
    "How much is kept of its output.",
  ),
  merge_output: optional(yesOrNo, "Both streams go to one file, in exact order."),
  user: optional(text, "The user it runs as; only root can choose."),
  org: optional(name, "The organisation it belongs to."),
  namespace: optional(name, "Another word for org."),
  enabled: optional(yesOrNo, "false: it is defined, and not started unless it is named."),
};

/** One service, checked. */
export const SERVICE_SHAPE: z.ZodMiniType<ServiceKeys> = strict(SERVICE);

const FILE = {
  $schema: optional(z.string(mustBe("text")), "Where this schema is, for editors."),
  org: optional(name, "The organisation that its services belong to."),
  env: optional(env, "Variables of every service; a service's own come before these."),
  services: noted(
    z.record(name, strict(SERVICE), {
      error: (issue) => (issue.code === "invalid_key" ? NAME.error : "must hold services by name"),
    }),
    "The services by name.",
  ),
};

/** All of a tsm.yaml without keys that begin with `x-`, checked. */
export const FILE_SHAPE: z.ZodMiniType<FileKeys> = strict(FILE);

/** The JSON Schema of tsm.yaml, as it is published in `schemas/tsm.schema.json`. */
export function definitionsJsonSchema(): object {
  const schema = z.toJSONSchema(strict(FILE), { metadata: NOTES, io: "input" });
  return { ...schema, patternProperties: { "^x-": {} }, title: "Tetra services" };
}
