import { TetraError } from "@tetra/errors";
import type { Clock, Timer, TransactionStore } from "@tetra/tts-core";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { TtmErrorCode } from "../errors.ts";
import { signalGroup } from "../run/supervise.ts";
import { type CommandNote, isNoteFile, readNote, removeNote } from "./command-note.ts";
import { type Remains, remainsOf, sightOf } from "./left-command.ts";
import { type Processes, processesHere } from "./processes.ts";

/** A command that outlived its runner, and what was done about it. */
export interface LeftCommand extends Pick<CommandNote, "step" | "attempt" | "pid"> {
  readonly txn: string;
  /** `unknown`: something has the number of its group that cannot be told to be its; it was left alone. */
  readonly outcome: "ended" | "unknown";
}

/** What commands are ended with. */
export interface EndingPorts {
  readonly clock: Clock;
  readonly timer: Timer;
  /** The folder of a transaction's artifacts. */
  readonly artifactsOf: (txn: string) => string;
  readonly onLeft: (left: LeftCommand) => void;
  /** Default: those of this machine. */
  readonly processes?: Processes;
}

/** How long a command may take to end, for each signal. */
const SIGNALS = [
  ["SIGTERM", 5000],
  ["SIGKILL", 5000],
] as const;
const LOOK_AGAIN_MS = 20;
const NEVER = new AbortController().signal;

/**
 * A store whose leases are given only when no command of a dead runner's runs any more: who has the lease
 * is the only one who may run any.
 */
export function endingLeftCommands(store: TransactionStore, ports: EndingPorts): TransactionStore {
  return {
    ...store,
    async lease(id, ...more) {
      const lease = await store.lease(id, ...more);
      try {
        await endLeftCommands(id, ports);
      } catch (error) {
        await lease.release();
        throw error;
      }
      return lease;
    },
  };
}

/** @throws TetraError `OPERATION_FAILED` when one does not end even when it is killed */
async function endLeftCommands(txn: string, ports: EndingPorts): Promise<void> {
  const { artifactsOf, onLeft, processes = processesHere() } = ports;
  const ending = notesIn(join(artifactsOf(txn), "steps")).map(async (file) => {
    const note = readNote(file);
    const outcome = note === undefined ? "gone" : await end(note, processes, ports);
    removeNote(file);
    if (note === undefined || outcome === "gone") return;
    const { step, attempt, pid } = note;
    onLeft({ txn, step, attempt, pid, outcome });
  });
  // all of them, before anybody is told of one that does not end
  const failed = (await Promise.allSettled(ending)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

async function end(
  note: CommandNote,
  processes: Processes,
  { clock, timer }: EndingPorts,
): Promise<"gone" | "ended" | "unknown"> {
  const remains = (): Remains => remainsOf(note, sightOf(note, processes));
  const first = remains();
  if (first !== "running") return first;
  let outcome: "gone" | "ended" = "gone";
  for (const [signal, patienceMs] of SIGNALS) {
    const untilMs = clock.now() + patienceMs;
    // L1: looked at again right before
    if (remains() === "running") {
      signalGroup(note.pid, signal);
      outcome = "ended";
    }
    while (clock.now() < untilMs) {
      if (remains() !== "running") return outcome;
      await timer.until(clock.now() + LOOK_AGAIN_MS, NEVER);
    }
  }
  throw new TetraError<TtmErrorCode>(
    "OPERATION_FAILED",
    `${note.step}: the command that a dead runner left running does not end (process group ${note.pid})`,
    { hint: "end it by hand, then carry the saga on", details: { step: note.step, pid: note.pid } },
  );
}

function notesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && isNoteFile(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** What was done about a command that outlived its runner, in one line. */
export function toldLeft({ step, attempt, pid, outcome }: LeftCommand): string {
  return outcome === "ended"
    ? `${step}: ended what a dead runner left running (attempt ${attempt}, process group ${pid})`
    : `${step}: process group ${pid} may be what a dead runner left running (attempt ${attempt}), or not: left alone`;
}
