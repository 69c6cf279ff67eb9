import { isTetraError, TetraError } from "@tetra/errors";
import type { Action, ActionCall, ShellData, ShellResult } from "@tetra/tts-core/saga";
import type { FolderStore } from "@tetra/ttm-fs";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { App } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import { isSuccess, type Outcome, reasonOf } from "../run/ending.ts";
import { stopOnAbort } from "../run/stop-signals.ts";
import { supervise } from "../run/supervise.ts";
import { type CommandNote, noteFile, removeNote, writeNote } from "./command-note.ts";
import type { Consents } from "./consents.ts";
import { processesHere } from "./processes.ts";
import { argvOf, parseShellData } from "./shell-data.ts";
import { startingFolder } from "./starting-folder.ts";
import { type Secrets, type StepOutput, stepOutput } from "./step-output.ts";

/** What commands of steps are run with. */
export interface ShellPorts {
  readonly app: App;
  readonly store: FolderStore;
  readonly secrets: Secrets;
  /** What may be done on endpoints. */
  readonly consents: Consents;
  /** Told of each line that a step prints, secrets masked. */
  readonly onLine: (step: string, stream: "stdout" | "stderr", line: string) => void;
}

/** How much of what a step prints becomes part of its result, in bytes. */
const MOST_IN_RESULT = 4096;
const MOST_IN_ERROR = 500;

/** The action `shell`: a command, in a process group of its own, here or on an endpoint. */
export function shellAction(ports: ShellPorts): Action {
  return async (call): Promise<ShellResult> => {
    const data = parseShellData(call.data);
    refuseNul(data);
    const [stdout, stderr] = [outputOf(ports, call, "stdout"), outputOf(ports, call, "stderr")];
    const sinks = { onStdout: stdout.take, onStderr: stderr.take };
    let outcome: Outcome;
    try {
      outcome = await runOf(ports, call, data, sinks);
    } catch (error) {
      if (!isTetraError(error, "CONNECTION_LOST")) throw error;
      throw new TetraError<TtmErrorCode>("OUTCOME_UNKNOWN", error.message, { cause: error });
    } finally {
      stdout.close();
      stderr.close();
    }
    if (!isSuccess(outcome)) throw failure(data, outcome, stderr.lastLine());
    const [stdoutFile, stderrFile] = [stdout.file(), stderr.file()];
    return {
      exit_code: 0,
      stdout: stdout.tail(MOST_IN_RESULT),
      ...(stdoutFile === undefined ? {} : { stdout_file: stdoutFile }),
      ...(stderrFile === undefined ? {} : { stderr_file: stderrFile }),
    };
  };
}

interface Sinks {
  readonly onStdout: (bytes: Uint8Array) => void;
  readonly onStderr: (bytes: Uint8Array) => void;
}

async function runOf(
  ports: ShellPorts,
  call: ActionCall,
  data: ShellData,
  sinks: Sinks,
): Promise<Outcome> {
  const { app, store } = ports;
  const stop = stopOnAbort(call.signal);
  const { state } = await store.load(call.txn);
  const target = data.on ?? state.target ?? "@local";
  const { farCommand } = await import("./far-command.ts");
  const far = await farCommand(ports, { call, data, target });
  if (far !== undefined) {
    const { executeFar } = await import("../run/execute-far.ts");
    return executeFar({ ...far, stop, clock: app.clock, timeoutMs: undefined, ...sinks });
  }
  const [command = "", ...args] = argvOf(data);
  const cwd = resolve(startingFolder(state) ?? app.cwd(), data.cwd ?? "");
  if (!isFolder(cwd)) {
    throw new TetraError<TtmErrorCode>("NOT_FOUND", `${cwd}: no such folder to run it in`);
  }
  const env = {
    ...app.env,
    ...data.env,
    ...variablesOf(call),
    TTM_TXN_DIR: store.paths(call.txn).folder,
  };
  const file = noteFile(store.paths(call.txn).artifacts, { step: call.step, isUndo: isUndo(call) });
  const onHeld = (pid: number): void => writeNote(file, noteOn(call, pid));
  try {
    const common = { command, args, env, cwd, stop, clock: app.clock, ...sinks };
    return await supervise({ ...common, stdin: "ignore", onHeld });
  } finally {
    removeNote(file);
  }
}

function noteOn({ step, attempt, idempotencyKey: key }: ActionCall, pid: number): CommandNote {
  const processes = processesHere();
  const started = processes.look(pid)?.started ?? "";
  return { step, attempt, key, pid, started, machine: processes.machine() };
}

/** Whether a call undoes its step: it has a key of its own then. */
export function isUndo({ txn, step, idempotencyKey }: ActionCall): boolean {
  return idempotencyKey !== `${txn}/${step}`;
}

/** What a command is told of the step that it is. */
export function variablesOf({
  txn,
  step,
  attempt,
  idempotencyKey,
}: ActionCall): Readonly<Record<string, string>> {
  return {
    TTM_TXN_ID: txn,
    TTM_STEP: step,
    TTM_ATTEMPT: String(attempt),
    TTM_IDEMPOTENCY_KEY: idempotencyKey,
  };
}

function outputOf(
  { store, secrets, onLine }: ShellPorts,
  call: ActionCall,
  stream: "stdout" | "stderr",
): StepOutput {
  const { txn, step, attempt } = call;
  return stepOutput({
    artifacts: store.paths(txn).artifacts,
    step,
    isUndo: isUndo(call),
    stream,
    attempt,
    secrets,
    onLine: (line) => onLine(step, stream, line),
  });
}

function failure(data: ShellData, outcome: Outcome, lastLine: string): TetraError {
  const { ending } = outcome;
  const [command = ""] = argvOf(data);
  const isMissing = ending.type === "not-started" && ending.reason === "ENOENT";
  const why = isMissing ? `command not found: ${command}` : reasonOf("command", outcome);
  const word = lastLine === "" ? "" : `: ${lastLine.slice(0, MOST_IN_ERROR)}`;
  // somebody else's signal cut it off: nobody knows how far it came
  const code = ending.type === "killed" ? "OUTCOME_UNKNOWN" : "OPERATION_FAILED";
  return new TetraError<TtmErrorCode>(code, why + word);
}

/** The kernel ends arguments and variables at a NUL. @throws TetraError `INVALID_INPUT` */
function refuseNul(data: ShellData): void {
  const texts = Object.entries({ ...data.env, cwd: data.cwd ?? "", run: argvOf(data).join(" ") });
  const [name] = texts.find(([, value]) => value.includes("\0")) ?? [];
  if (name === undefined) return;
  throw new TetraError<TtmErrorCode>(
    "INVALID_INPUT",
    `${name} holds a NUL, which no command can get`,
  );
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
