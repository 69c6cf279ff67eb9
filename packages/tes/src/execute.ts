import { constants } from "node:os";
import { wayFor } from "./connectors/connectors.ts";
import { interrupted } from "./connectors/interrupted.ts";
import { operationFailure } from "./connectors/operation-failure.ts";
import type { ConnectorOptions } from "./connectors/options.ts";
import type { ConnectorLevel } from "./levels/connector-level.ts";
import type { PlanLevel } from "./levels/plan-level.ts";
import { symbolOf } from "./plan/symbol-of.ts";
import {
  type ExecuteOptions,
  runScript,
  type ScriptEnd,
  type ScriptRun,
  type StdinUse,
} from "./run-script.ts";

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

/**
 * Runs a plan. A command that ends with another status than 0 is no error; an operation on a file that does is.
 * @throws TetraError a `ConnectErrorCode` or `RunErrorCode`
 */
export async function execute(plan: PlanLevel, options: ExecuteOptions = {}): Promise<Outcome> {
  const from = performance.now();
  const { deed } = plan.binding;
  if (deed.operation === "write" && deed.kind === "folder") {
    throw new Error("a folder is written by pushFolder");
  }
  const { status, stdout, stderr, connectMs } = await operate(plan, {
    script: plan.script,
    stdin: stdinOf(plan),
    options,
  });
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

/** Closes the connection that stays open for a connector, if one does; what runs over it is cut. */
export async function disconnect(
  { route }: ConnectorLevel,
  options: ConnectorOptions = {},
): Promise<void> {
  await wayFor(route).disconnect(options);
}

/**
 * Runs a script as part of an operation.
 * @throws TetraError also for what goes wrong at the place, unless the operation is to execute a command.
 */
export async function operate(
  { binding: { locator, deed } }: PlanLevel,
  run: Omit<ScriptRun, "route">,
): Promise<ScriptEnd> {
  const { route } = locator.handle.connector;
  const subject = `${symbolOf(locator.handle.connector).text}: ${deed.operation}`;
  if (run.options.signal?.aborted === true) throw interrupted(subject, "abort");
  const ended = await runScript(subject, { route, ...run });
  const isActing = "actAs" in route && route.actAs !== undefined;
  const error = operationFailure(`${subject} ${locator.path}`, { ...ended, deed, isActing });
  if (error !== undefined) throw error;
  return ended;
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
  const isIt = (name: string): name is NodeJS.Signals =>
    Object.entries(constants.signals).some((each) => each[0] === name && each[1] === status - 128);
  return Object.keys(constants.signals).find(isIt);
}
