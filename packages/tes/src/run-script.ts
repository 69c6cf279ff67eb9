import { TetraError } from "@tetra/errors";
import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { Writable } from "node:stream";
import { type Collected, collect, type Ended, exitOf, feed, start } from "./connectors/child.ts";
import type { Passage } from "./connectors/connector-port.ts";
import { wayFor } from "./connectors/connectors.ts";
import { chunksOf, type Content, framed } from "./connectors/content.ts";
import { interrupted } from "./connectors/interrupted.ts";
import { interruptible } from "./connectors/interruption.ts";
import type { ConnectorOptions } from "./connectors/options.ts";
import type { RunErrorCode } from "./errors.ts";
import type { Route } from "./levels/connector-level.ts";
import { routeArgv } from "./plan/route-argv.ts";

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
  /** How long an interrupted command may take to end, in milliseconds; by default 5,000. */
  readonly graceMs?: number;
  /** How much output is kept at most, in bytes; by default 64 MiB. */
  readonly maxOutputBytes?: number;
}

const MAX_OUTPUT = 64 * 1024 * 1024;
const MAX_STDERR = 64 * 1024;
const GRACE_MS = 5000;
const NOTHING: Collected = { bytes: Buffer.alloc(0), isWhole: true };

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
export async function runScript(subject: string, run: ScriptRun): Promise<ScriptEnd> {
  const { route, options } = run;
  const way = wayFor(route);
  const connectMs = await way.connect(subject, options);
  const passage = way.passage(options);
  try {
    const { ended, stdout, stderr } = await runThrough(passage, subject, run);
    const { status, signal } = ended;
    const words = { ownWords: passage.words(), stderr: stderr.bytes.toString() };
    const lost = await way.failure(subject, { options, status, ...words });
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
  const isOwnSession = !wayFor(route).isOnTerminal;
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
