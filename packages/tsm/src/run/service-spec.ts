import { statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import { checkCare } from "../care/check-care.ts";
import type { ServiceCare } from "../care/service-care.ts";
import type { TsmErrorCode } from "../errors.ts";
import { checkServiceName } from "../files/service-name.ts";
import type { ServiceEnvironment } from "../files/store.ts";
import { checkPolicy, type RestartPolicy } from "../supervise/restart-policy.ts";
import { commandVector } from "./command-vector.ts";
import { isExecutable } from "./is-executable.ts";
import { runAs } from "./run-as.ts";

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
  /** What it is looked after for besides restarts. Default: nothing. */
  readonly care?: ServiceCare;
  /**
   * Shell text that is run before the command in the same process, with its errors in `wrapper.err`; if
   * it fails, the run ends with status 75.
   */
  readonly prehook?: string;
  /** Its organisation. */
  readonly org?: string;
  /** What services are named together by. */
  readonly group?: string;
  /** Which of several like it this is, from 0. */
  readonly instance?: number;
  /** How it was asked for: JSON, kept for whoever restarts it. */
  readonly origin?: unknown;
  /** Who asks for it, for the history. Default: that of `openServices`. */
  readonly by?: string;
  /** What `meta.json` tells besides: `interpreter`, `process_type`, `env_file`, `prehook`, or any key. */
  readonly about?: Readonly<Record<string, unknown>>;
}

/** A specification that was checked. */
export interface CheckedSpec extends ServiceSpec {
  readonly argv: readonly string[];
}

/**
 * Checks what can be checked before anything is done.
 * @param mustBe the name it must have
 * @throws TetraError `INVALID_SERVICE`, `CWD_NOT_FOUND`, `COMMAND_NOT_FOUND`
 */
export function checkSpec(spec: ServiceSpec, mustBe: string = spec.name): CheckedSpec {
  const { command, cwd, environment, port, stopTimeoutMs = 0 } = spec;
  const name = checkServiceName(spec.name);
  const argv = commandVector(command);
  const [program = ""] = argv;
  const wrong = (why: string, hint: string): TetraError<TsmErrorCode> =>
    new TetraError("INVALID_SERVICE", `${name}: ${why}`, { hint, details: { name } });

  if (name !== mustBe) throw wrong(`a restart cannot make ${mustBe} of it`, "keep the name");
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
  const texts = [...argv, cwd, spec.prehook ?? "", ...Object.entries(environment).flat()];
  if (texts.some((text) => text.includes("\0"))) {
    throw wrong("a NUL character is in command, prehook, folder or environment", "remove it");
  }
  if (Object.keys(environment).some((key) => key === "" || key.includes("="))) {
    throw wrong("a variable of the environment has a name that none can have", "rename it");
  }
  if (spec.restartPolicy !== undefined) checkPolicy(spec.restartPolicy);
  if (spec.care !== undefined) checkCare(name, spec.care);
  runAs(name, spec.care?.user);
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
