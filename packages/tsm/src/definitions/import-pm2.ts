import { isAbsolute, relative, resolve } from "node:path/posix";
import { isRecord } from "../files/lenient.ts";
import {
  carried,
  changed,
  dropped,
  type Imported,
  importedName,
  type ImportedField,
  PART_OF_COMMAND,
  scalarOf,
  textsOf,
  translate,
  type Translated,
  type Translator,
} from "./import-report.ts";
import { DURATION, durationText, SIZE, sizeText } from "./quantities.ts";
import type { ServiceKeys } from "./service-keys.ts";
import { shellWords } from "./shell-words.ts";

/** What an import from pm2 is made with. */
export interface Pm2Context {
  /** The folder that the result will be in; absolute. */
  readonly folder: string;
  /** Of the machine; for `instances: max`. */
  readonly cpus: number;
  /** Which `env_<name>` is taken, as with `pm2 start --env`. */
  readonly env?: string | undefined;
}

/** An app of an `ecosystem.config`. */
export type App = Readonly<Record<string, unknown>>;

/** What pm2 does where an app does not say otherwise. */
const PM2_DEFAULTS: ServiceKeys = {
  restart: "always",
  max_restarts: 16,
  stable_after: "1s",
  stop_signal: "SIGINT",
  stop_timeout: "1600ms",
};

/** Interpreters that pm2 takes by the extension of the script. */
const BY_EXTENSION: Readonly<Record<string, string>> = {
  js: "node",
  cjs: "node",
  mjs: "node",
  ts: "bun",
  tsx: "bun",
  py: "python3",
  sh: "bash",
  rb: "ruby",
  php: "php",
  pl: "perl",
};

/**
 * Translates what an `ecosystem.config` holds, once that is data.
 * @returns `undefined` when it is none
 */
export function importEcosystem(config: unknown, context: Pm2Context): Imported | undefined {
  const apps = appsIn(config);
  if (apps === undefined) return undefined;
  const others = isRecord(config) && config["apps"] !== undefined ? Object.keys(config) : [];
  const report = others
    .filter((key) => key !== "apps")
    .map((field): ImportedField => ({
      service: "(file)",
      field,
      outcome: "dropped",
      note: field === "deploy" ? "deploying is what ttm is for" : "tsm has nothing for it",
    }));
  return together(
    apps.map((app) => importApp(app, context)),
    report,
  );
}

/** An app, translated. */
export interface ImportedApp {
  readonly name: string;
  readonly keys: ServiceKeys;
  readonly report: readonly ImportedField[];
}

/** Apps as one file. */
export function together(apps: readonly ImportedApp[], report: readonly ImportedField[]): Imported {
  const services: Record<string, ServiceKeys> = {};
  const lines = apps.flatMap((app) => {
    const name = importedName(app.name, Object.keys(services));
    services[name] = app.keys;
    return app.report.map((line) => ({ ...line, service: name }));
  });
  return { keys: { services }, report: [...lines, ...report] };
}

/** The apps that a configuration holds; `undefined` when it is none. */
export function appsIn(config: unknown): readonly App[] | undefined {
  const apps = isRecord(config) && config["apps"] !== undefined ? config["apps"] : config;
  const list = Array.isArray(apps) ? apps : [apps];
  const isApp = (app: unknown): app is App =>
    isRecord(app) && (app["script"] !== undefined || app["cmd"] !== undefined);
  return list.length > 0 && list.every(isApp) ? list : undefined;
}

/** Translates one app. */
export function importApp(app: App, context: Pm2Context): ImportedApp {
  const given = scalarOf(app["name"] ?? nameOfScript(scalarOf(app["script"] ?? app["cmd"])));
  const name = importedName(given);
  const command = commandOf(app);
  const { keys, report } = translate(name, app, translators(app, context));
  const own = Object.keys(PM2_DEFAULTS).filter((key) => !Object.hasOwn(keys, key));
  const isRestarted = keys.restart !== "no";
  const defaults = own.filter((key) => isRestarted || !/restart|stable/.test(key));
  return {
    name,
    keys: {
      command,
      ...Object.fromEntries(Object.entries(PM2_DEFAULTS).filter(([key]) => defaults.includes(key))),
      ...keys,
    },
    report: [
      ...report,
      ...defaults.map((key): ImportedField => ({
        service: name,
        field: "(default of pm2)",
        outcome: "carried",
        became: key,
      })),
    ],
  };
}

function nameOfScript(script: string): string {
  return (script.split("/").at(-1) ?? "").replace(/\.[a-z]+$/, "");
}

function commandOf(app: App): readonly string[] {
  const script = scalarOf(app["script"] ?? app["cmd"]);
  const args = wordsOf(app["args"]);
  const interpreterArgs = wordsOf(app["interpreter_args"] ?? app["node_args"] ?? []);
  const given = app["interpreter"] ?? app["exec_interpreter"];
  const interpreter = given === undefined ? interpreterFor(script) : scalarOf(given);
  if (interpreter === "none") {
    const words = script.includes(" ") && args.length === 0 ? shellWords(script) : [];
    // no command is one of those whose words are nothing, such as a quote that is not closed
    return words[0] ? words : [script, ...args];
  }
  return [interpreter, ...interpreterArgs, script, ...args];
}

/** pm2 takes node for what is no program; what is found on the PATH is one. */
function interpreterFor(script: string): string {
  const [, extension = ""] = /\.([a-z]+)$/.exec(script) ?? [];
  const known = BY_EXTENSION[extension];
  if (known !== undefined) return known;
  return script.includes("/") && !isAbsolute(script) && !script.includes(" ") ? "node" : "none";
}

function wordsOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  return typeof value === "string" ? shellWords(value) : textsOf(value);
}

function translators(
  app: App,
  { folder, cpus, env: chosen }: Pm2Context,
): Record<string, Translator> {
  const ms =
    (key: "stop_timeout" | "stable_after"): Translator =>
    (value) =>
      carried(key, timeOf(value));
  const logFile: Translator = () =>
    dropped("output goes to files of tsm's own: tsm logs, tsm paths");
  const nothing =
    (note: string): Translator =>
    () =>
      dropped(note);
  const table: Record<string, Translator> = {
    name: (value) => {
      const name = importedName(scalarOf(value));
      return name === value
        ? { outcome: "carried", became: "the service's name" }
        : { outcome: "changed", became: "the service's name", note: `it is ${name} now` };
    },
    script: PART_OF_COMMAND,
    cmd: PART_OF_COMMAND,
    args: PART_OF_COMMAND,
    interpreter: PART_OF_COMMAND,
    exec_interpreter: PART_OF_COMMAND,
    interpreter_args: PART_OF_COMMAND,
    node_args: PART_OF_COMMAND,
    cwd: (value) => carried("cwd", nearPath(folder, scalarOf(value))),
    env: (value) => (isRecord(value) ? environment(value) : dropped("it is no object")),
    namespace: (value) =>
      value === "default" ? undefined : carried("org", importedName(scalarOf(value))),
    instances: (value) => instancesOf(value, cpus),
    exec_mode: (value) =>
      scalarOf(value).startsWith("cluster")
        ? {
            outcome: "changed",
            note: "instances do not share a port: each gets its own PORT, and a proxy (tsm nginx) spreads requests",
          }
        : { outcome: "carried", note: "a process of its own, as everything" },
    watch: (value) => {
      if (value === false) return undefined;
      if (Array.isArray(value)) return carried("watch", { paths: textsOf(value) });
      return carried("watch", { paths: ["."] });
    },
    ignore_watch: (value) =>
      isWatched(app) ? carried("watch", { ignore: textsOf(value) }) : undefined,
    max_memory_restart: (value) => sizeOf(value),
    autorestart: (value) => carried("restart", value === false ? "no" : "always"),
    stop_exit_codes: (value) => ({
      outcome: "changed",
      became: "success_exit",
      note: "these count as success, and only failures are followed by a restart",
      keys: {
        restart: "on-failure",
        success_exit: textsOf(value)
          .map(Number)
          .filter((code) => code >= 0 && code < 256),
      },
    }),
    max_restarts: (value) => carried("max_restarts", Number(value)),
    min_uptime: ms("stable_after"),
    restart_delay: (value) =>
      carried("backoff", { first: timeOf(value), max: timeOf(value), jitter: 0 }),
    exp_backoff_restart_delay: (value) =>
      changed(
        "backoff",
        { first: timeOf(value), max: "15s" },
        "it doubles, where pm2 grows by half",
      ),
    cron_restart: (value) =>
      value === 0 || value === "0" ? undefined : carried("cron", scalarOf(value)),
    cron: (value) => carried("cron", scalarOf(value)),
    kill_timeout: ms("stop_timeout"),
    user: (value) => carried("user", scalarOf(value)),
    uid: (value) => carried("user", scalarOf(value)),
    port: (value) => portOf(value),
    increment_var: nothing("each instance gets the next PORT anyway"),
    instance_var: nothing("instances are told apart by their PORT and their names"),
    wait_ready: (value) =>
      value === true
        ? dropped(
            "process.send('ready') is not heard: say what answers when it is ready, ready: tcp",
          )
        : undefined,
    listen_timeout: nothing("say ready: { tcp: true, timeout: … } instead"),
    shutdown_with_message: nothing("a service is asked to end by a signal"),
    force: nothing("nothing is started twice"),
    merge_logs: nothing("each instance has its own log; tsm logs shows several together"),
    combine_logs: nothing("each instance has its own log; tsm logs shows several together"),
    log_date_format: nothing("tsm logs --timestamps shows times"),
    time: nothing("tsm logs --timestamps shows times"),
    error_file: logFile,
    err_file: logFile,
    out_file: logFile,
    output: logFile,
    error: logFile,
    log_file: logFile,
    log: logFile,
    pid_file: nothing("a pid file is kept beside the service's other files"),
    gid: nothing("the group is that of the user"),
    watch_delay: nothing("changes that come together restart it once"),
    treekill: (value) => (value === false ? dropped("the whole tree is ended, always") : undefined),
  };
  for (const field of Object.keys(app).filter((key) => key.startsWith("env_"))) {
    table[field] =
      field === `env_${chosen}`
        ? (value) => (isRecord(value) ? environment(value) : undefined)
        : () => dropped(`to take it, import with --env ${field.slice("env_".length)}`);
  }
  return table;
}

function isWatched({ watch }: App): boolean {
  return watch !== undefined && watch !== false;
}

/** `PORT` is more than a variable. */
function environment(env: Readonly<Record<string, unknown>>): Translated {
  const { PORT: port, ...rest } = env;
  const entries = Object.entries(rest).filter(([, value]) => value !== undefined && value !== null);
  const variables = Object.fromEntries(entries.map(([name, value]) => [name, scalarOf(value)]));
  const number = Number(port);
  const isPort = port !== undefined && Number.isInteger(number) && number > 0 && number < 65_536;
  const keys: ServiceKeys = {
    ...(entries.length === 0 ? {} : { env: variables }),
    ...(isPort ? { port: number } : {}),
  };
  const became = [...(entries.length === 0 ? [] : ["env"]), ...(isPort ? ["port"] : [])];
  return { outcome: "carried", became: became.join(" and "), keys };
}

function instancesOf(value: unknown, cpus: number): Translated | undefined {
  const number = value === "max" ? 0 : Number(value);
  if (!Number.isInteger(number)) return dropped(`${scalarOf(value)} is no number`);
  if (number === 1) return undefined;
  if (number > 1) return carried("instances", number);
  const count = Math.max(1, cpus + number);
  return changed("instances", count, `this machine has ${cpus} processors`);
}

function sizeOf(value: unknown): Translated {
  if (typeof value === "number") return carried("max_memory", sizeText(value));
  const text = scalarOf(value).toUpperCase();
  return SIZE.test(text)
    ? carried("max_memory", text.replace(/B$/, ""))
    : dropped(`${text} is no size`);
}

/** pm2 has milliseconds, or text with a unit. */
function timeOf(value: unknown): string {
  const text = scalarOf(value);
  return DURATION.test(text) ? text : durationText(Number.parseInt(text, 10) || 0);
}

function portOf(value: unknown): Translated {
  const port = Number(value);
  return Number.isInteger(port) && port > 0 && port < 65_536
    ? carried("port", port)
    : dropped(`${scalarOf(value)} is no port`);
}

/** A path as seen from a folder, if it is in there. */
function nearPath(folder: string, path: string): string {
  const near = relative(folder, resolve(folder, path));
  if (near === "") return ".";
  return near === ".." || near.startsWith("../") ? resolve(folder, path) : near;
}
