import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { checkServiceName } from "../files/service-name.ts";
import type { ServiceEnvironment } from "../files/store.ts";
import { checkPolicy, type RestartPolicy } from "../supervise/restart-policy.ts";
import { commandVector } from "./command-vector.ts";

/** What to start, and how. */
export interface ServiceSpec {
  /** Its name, which is that of its folder. */
  readonly name: string;
  /** An argument vector, run as it is; or one text, run under `sh -c` if it has shell syntax. */
  readonly command: string | readonly string[];
  /** The folder it runs in; absolute. */
  readonly cwd: string;
  /** All of its environment. It is kept, private to the user, for restarts. */
  readonly environment: ServiceEnvironment;
  /** The TCP port it should listen on. */
  readonly port?: number;
  /** Default: no restarts. */
  readonly restartPolicy?: RestartPolicy;
  /** What asks it to end. Default: `SIGTERM`. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long it may take to end before it is killed. Default: 10 s. */
  readonly stopTimeoutMs?: number;
  /** What `meta.json` tells besides: `interpreter`, `process_type`, `env_file`, `prehook`, or any key. */
  readonly about?: Readonly<Record<string, unknown>>;
}

/** A specification that was checked. */
export interface CheckedSpec extends ServiceSpec {
  readonly argv: readonly string[];
}

/** A name that a POSIX shell hands on to what it runs. */
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Checks what can be checked before anything is done.
 * @throws TetraError `INVALID_SERVICE`, `CWD_NOT_FOUND`, `COMMAND_NOT_FOUND`
 */
export function checkSpec(spec: ServiceSpec): CheckedSpec {
  const { command, cwd, environment, port, stopTimeoutMs = 0 } = spec;
  const name = checkServiceName(spec.name);
  const argv = commandVector(command);
  const [program = ""] = argv;
  const wrong = (why: string, hint: string): TetraError<TsmErrorCode> =>
    new TetraError("INVALID_SERVICE", `${name}: ${why}`, { hint, details: { name } });

  if (program === "") throw wrong("there is no command", "say what to run");
  if (program.startsWith("-"))
    throw wrong(`the command begins with a dash: ${program}`, "write ./");
  if (!isAbsolute(cwd)) throw wrong(`the folder to run in is not absolute: ${cwd}`, "resolve it");
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw wrong(`${port} is no port`, "use 1 to 65535");
  }
  if (!Number.isSafeInteger(stopTimeoutMs) || stopTimeoutMs < 0) {
    throw wrong("the time to stop in is no whole number of milliseconds", "use 10000");
  }
  const texts = [...argv, cwd, ...Object.entries(environment).flat()];
  if (texts.some((text) => text.includes("\0"))) {
    throw wrong("a NUL character is in command, folder or environment", "remove it");
  }
  if (Object.keys(environment).some((key) => key === "" || key.includes("="))) {
    throw wrong("a variable of the environment has a name that none can have", "rename it");
  }
  if (spec.restartPolicy !== undefined) checkPolicy(spec.restartPolicy);
  checkRunnable({ name, argv, cwd, environment });
  return { ...spec, argv };
}

/** What a run needs on the disk. */
export interface Runnable {
  readonly name: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: ServiceEnvironment;
}

/** @throws TetraError `CWD_NOT_FOUND`, `COMMAND_NOT_FOUND` */
export function checkRunnable({ name, argv, cwd, environment }: Runnable): void {
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new TetraError<TsmErrorCode>("CWD_NOT_FOUND", `${name}: there is no folder ${cwd}`, {
      hint: "make it, or run the service in another",
      details: { name, cwd },
    });
  }
  const [program = ""] = argv;
  const candidates = program.includes("/")
    ? [resolve(cwd, program)]
    : (environment["PATH"] ?? "").split(":").map((folder) => resolve(cwd, folder, program));
  if (candidates.some(isExecutable)) return;
  throw new TetraError<TsmErrorCode>(
    "COMMAND_NOT_FOUND",
    `${name}: ${program}: not found or not executable`,
    { hint: "look at the path, its mode, and the service's PATH", details: { name, program } },
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // whatever the reason, it cannot be run
    return false;
  }
}

/** What shells set, or obey, when they begin, whatever the name says. */
const SHELLS_OWN: ReadonlySet<string> = new Set(
  "BASHOPTS BASH_ENV ENV EUID IFS OPTIND POSIXLY_CORRECT PPID SHELLOPTS UID".split(" "),
);

/** What the shim is started with, so that its command gets all of the environment unchanged. */
export interface ForShell {
  readonly argv: readonly string[];
  readonly environment: ServiceEnvironment;
}

/**
 * Shells drop variables whose names they could not have given, and some mean something to themselves:
 * `env` sets those and becomes the command.
 */
export function forShell(argv: readonly string[], environment: ServiceEnvironment): ForShell {
  const entries = Object.entries(environment);
  const isPlain = (name: string): boolean => SHELL_NAME.test(name) && !SHELLS_OWN.has(name);
  const hidden = entries.filter(([name]) => !isPlain(name));
  if (hidden.length === 0) return { argv, environment };
  return {
    argv: ["/usr/bin/env", ...hidden.map(([name, value]) => `${name}=${value}`), ...argv],
    environment: Object.fromEntries(entries.filter(([name]) => isPlain(name))),
  };
}
