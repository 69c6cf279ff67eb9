import { TetraError } from "@tetra/errors";
import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { Writable } from "node:stream";
import { type Collected, collect, type Ended, exitOf, feed, start } from "./connectors/child.ts";
import type { Passage } from "./connectors/connector-port.ts";
import { connectorFor } from "./connectors/connectors.ts";
import { chunksOf, type Content, framed } from "./connectors/content.ts";
import { type InterruptReason, interruptible } from "./connectors/interruption.ts";
import type { ConnectorOptions } from "./connectors/options.ts";
import { operationFailure } from "./connectors/operation-failure.ts";
import type { RunErrorCode } from "./errors.ts";
import type { Route } from "./levels/connector-level.ts";
import type { PlanLevel } from "./levels/plan-level.ts";
import { routeArgv } from "./plan/route-argv.ts";
import { symbolOf } from "./plan/symbol-of.ts";

/** How a plan is run. */
export interface ExecuteOptions extends ConnectorOptions {
  /** What is written, or what a command with `stdin: "content"` reads; by default nothing. */
  readonly content?: Content;
  /** Takes standard output as it comes, at the pace it can; then nothing of it is kept. It is not ended. */
  readonly stdout?: Writable;
  /** Takes standard error as it comes; only its beginning is kept. It is not ended. */
  readonly stderr?: Writable;
  /** How long the command may take once it is connected, in milliseconds. */
  readonly timeoutMs?: number;
  /** Gives up. */
  readonly signal?: AbortSignal;
  /** How long an interrupted command may take to end, in milliseconds; by default 5,000. */
  readonly graceMs?: number;
  /** How much output is kept at most, in bytes; by default 64 MiB. */
  readonly maxOutputBytes?: number;
}

/** How a command ended. */
export interface Outcome {
  /** Its exit status; 128 and more with `signal` when a signal ended it, as shells count. */
  readonly exitStatus: number;
  /** The signal that ended it over there. A program that ends itself with such a status looks the same. */
  readonly signal?: NodeJS.Signals;
  /** Standard output: of `read` the file. Empty when it was streamed. */
  readonly stdout: Uint8Array;
  /** Standard error; its beginning when it was streamed. */
  readonly stderr: Uint8Array;
  /** How long it took, connecting included. */
  readonly ms: number;
  /** How long connecting took; absent when a connection was open, or connections are not shared. */
  readonly connectMs?: number;
}

const MAX_OUTPUT = 64 * 1024 * 1024;
const MAX_STDERR = 64 * 1024;
const GRACE_MS = 5000;
const NOTHING: Collected = { bytes: Buffer.alloc(0), isWhole: true };

/**
 * Runs a plan. A command that ends with another status than 0 is no error; an operation on a file that does is.
 * @throws TetraError a `ConnectErrorCode` or `RunErrorCode`
 */
export async function execute(plan: PlanLevel, options: ExecuteOptions = {}): Promise<Outcome> {
  const from = performance.now();
  const { locator, deed } = plan.binding;
  const { route } = locator.handle.connector;
  const subject = `${symbolOf(locator.handle.connector).text}: ${deed.operation}`;
  if (options.signal?.aborted === true) throw interrupted(subject, "abort", options);
  const ran = await runAtEnd(subject, {
    route,
    script: plan.script,
    stdin: stdinOf(plan),
    options,
  });
  const error = operationFailure(`${subject} ${locator.path}`, {
    ...ran,
    deed,
    isActing: "actAs" in route && route.actAs !== undefined,
  });
  if (error !== undefined) throw error;
  const { status, stdout, stderr, connectMs } = ran;
  const signal = signalOf(status);
  return {
    exitStatus: status,
    stdout: stdout.bytes,
    stderr: stderr.bytes,
    ms: performance.now() - from,
    ...(signal === undefined ? {} : { signal }),
    ...(connectMs === undefined ? {} : { connectMs }),
  };
}

/** A script to run at the end of a route. */
export interface ScriptRun {
  readonly route: Route;
  readonly script: string;
  readonly stdin: StdinUse;
  readonly options: ExecuteOptions;
}

/**
 * What is done with standard input: `nothing`, `framed` content, `raw` bytes until they end, the caller's own
 * (`inherit`); `isWatched`: its end means to stop.
 */
export interface StdinUse {
  readonly type: "nothing" | "framed" | "raw" | "inherit";
  readonly isWatched: boolean;
}

/** What a script left behind. */
export interface ScriptEnd {
  readonly status: number;
  readonly stdout: Collected;
  readonly stderr: Collected;
  readonly connectMs?: number;
}

/** Connects, runs a script, and tells a failure of the way from one of the script. */
export async function runAtEnd(subject: string, run: ScriptRun): Promise<ScriptEnd> {
  const { route, options } = run;
  const connector = connectorFor(route);
  const connectMs = await connector.connect(subject, route, options);
  const passage = connector.passage(route, options);
  try {
    const { ended, stdout, stderr } = await runThrough(passage, subject, run);
    const { status, signal } = ended;
    const words = { ownWords: passage.words(), stderr: stderr.bytes.toString() };
    const lost = await connector.wayFailure(subject, { route, options, status, ...words });
    if (lost !== undefined) throw lost;
    if (!stdout.isWhole && options.stdout === undefined) throw tooLarge(subject, options);
    return {
      status: status ?? 128 + (signal === null ? 0 : constants.signals[signal]),
      stdout: options.stdout === undefined ? stdout : NOTHING,
      stderr,
      ...(connectMs === undefined ? {} : { connectMs }),
    };
  } finally {
    passage.end();
  }
}

async function runThrough(
  { sessionOptions }: Passage,
  subject: string,
  { route, script, stdin, options }: ScriptRun,
): Promise<Flows> {
  const isOwnSession = !connectorFor(route).isOnTerminal;
  const child = await start(routeArgv(route, script, sessionOptions), {
    env: options.env,
    isOwnSession,
    stdio: [stdin.type === "inherit" ? "inherit" : "pipe", "pipe", "pipe"],
  });
  const interruption = interruptible(child, {
    timeoutMs: options.timeoutMs,
    signal: options.signal,
    graceMs: options.graceMs ?? GRACE_MS,
    isWatched: stdin.isWatched,
    isGroup: isOwnSession,
  });
  try {
    const ended = await flows(child, stdin, options);
    const why = interruption.reason();
    if (why !== undefined) throw interrupted(subject, why, options);
    return ended;
  } catch (error) {
    child.stdin?.destroy();
    child.kill();
    throw error;
  } finally {
    interruption.stop();
  }
}

interface Flows {
  readonly stdout: Collected;
  readonly stderr: Collected;
  readonly ended: Ended;
}

async function flows(
  child: ChildProcess,
  stdin: StdinUse,
  options: ExecuteOptions,
): Promise<Flows> {
  const exit = exitOf(child);
  const [stdout, stderr, ended] = await Promise.all([
    collect(child.stdout, {
      into: options.stdout,
      limit: options.stdout === undefined ? (options.maxOutputBytes ?? MAX_OUTPUT) : MAX_STDERR,
    }),
    collect(child.stderr, { into: options.stderr, limit: MAX_STDERR }),
    exit,
    // whatever ended: what is left of its standard input goes nowhere, and a watcher over there may end
    exit.then(() => child.stdin?.destroy()),
    feedStdin(child, stdin, options.content),
  ]);
  return { stdout, stderr, ended };
}

async function feedStdin(
  { stdin }: ChildProcess,
  { type, isWatched }: StdinUse,
  content: Content = "",
): Promise<void> {
  if (stdin === null) return;
  if (type === "framed") await feed(stdin, framed(content), { keepOpen: isWatched });
  else if (type === "raw") await feed(stdin, chunksOf(content), { keepOpen: isWatched });
  else if (!isWatched) stdin.end();
}

function stdinOf({ binding: { deed } }: PlanLevel): StdinUse {
  switch (deed.operation) {
    case "read":
    case "delete":
      return { type: "nothing", isWatched: false };
    case "write":
    case "append":
      return { type: "framed", isWatched: false };
    case "execute": {
      const { stdin = "none" } = deed;
      if (stdin === "inherit") return { type: "inherit", isWatched: false };
      return { type: stdin === "none" ? "nothing" : "framed", isWatched: true };
    }
  }
}

function signalOf(status: number): NodeJS.Signals | undefined {
  const names = Object.keys(constants.signals) as NodeJS.Signals[];
  return names.find((name) => constants.signals[name] === status - 128);
}

function interrupted(
  subject: string,
  why: InterruptReason,
  { timeoutMs = 0 }: ExecuteOptions,
): TetraError<RunErrorCode> {
  return why === "timeout"
    ? new TetraError("TIMED_OUT", `${subject}: not done within ${timeoutMs / 1000} s; interrupted`, {
        hint: "give it more time, or find out what it waits for",
        details: { timeoutMs },
      })
    : new TetraError("ABORTED", `${subject}: aborted; interrupted`, {
        hint: "run it again when it is wanted",
      });
}

function tooLarge(
  subject: string,
  { maxOutputBytes = MAX_OUTPUT }: ExecuteOptions,
): TetraError<RunErrorCode> {
  return new TetraError(
    "OUTPUT_TOO_LARGE",
    `${subject}: more than ${maxOutputBytes} bytes of output`,
    { hint: "stream it", details: { maxOutputBytes } },
  );
}
