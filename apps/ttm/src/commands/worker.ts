import { type Arguments, usageError } from "@tetra/cli-kit";
import type { EventRecord } from "@tetra/tts-core";
import { work, type WorkerNote } from "@tetra/tts-core/saga";
import type { App, TtmRun } from "../app.ts";
import { type LeftCommand, toldLeft } from "../saga/end-left-commands.ts";
import { withEngine } from "../saga/engine.ts";
import { loadActions } from "../saga/load-actions.ts";
import { toldEvent } from "../saga/told-event.ts";
import { toldNote } from "../saga/told-note.ts";
import type { SettlingOptions } from "../two-phase/settle-now-and-then.ts";

/** `ttm worker` */
export const run: TtmRun = async (args, app) => {
  const concurrency = concurrencyOf(args);
  const { actions, sagas } = await loadActions(args.value("actions"));
  const settling = await settlingOf(args, app);
  const [end, abort] = [new AbortController(), new AbortController()];
  const dispose = app.onStop(() => (end.signal.aborted ? abort : end).abort());
  const say = speaker(app);
  try {
    await withEngine(app, { verb: "worker", actions, ...say }, async ({ ports, store }) => {
      const once = args.has("once");
      if (!once) app.err.print("Carrying sagas on; Ctrl-C ends it");
      const settled = settling({ store, once, signal: end.signal });
      const worked = work(ports, {
        concurrency,
        once,
        signal: end.signal,
        abort: abort.signal,
        expected: (name) => sagas.get(name),
        onNote: say.onNote,
      });
      // whichever fails, the other one is told to end, too
      for (const each of [settled, worked]) each.catch(() => end.abort());
      await Promise.allSettled([settled, worked]);
      await settled;
      await worked;
    });
    return 0;
  } finally {
    dispose();
  }
};

type Settling = (how: Omit<SettlingOptions, "participants">) => Promise<void>;

/** Two-phase commit is loaded only for who asks for it. */
async function settlingOf(args: Arguments, app: App): Promise<Settling> {
  const file = args.value("participants");
  if (file === undefined) return async () => {};
  const { loadParticipants } = await import("../two-phase/load-participants.ts");
  const { settleNowAndThen } = await import("../two-phase/settle-now-and-then.ts");
  const participants = await loadParticipants(file);
  return (how) => settleNowAndThen(app, { ...how, participants });
}

function concurrencyOf(args: Arguments): number {
  const text = args.value("concurrency") ?? "8";
  if (/^[1-9]\d{0,3}$/u.test(text)) return Number(text);
  throw usageError(
    `worker: --concurrency: ${JSON.stringify(text)} is not a number from 1 to 9999`,
    "say how many sagas may be carried on at once",
  );
}

interface Speaker {
  readonly onEvent: (txn: string, event: EventRecord) => void;
  readonly onLine: (step: string, stream: "stdout" | "stderr", line: string) => void;
  readonly onNote: (note: WorkerNote) => void;
  readonly onLeft: (left: LeftCommand) => void;
}

/** One line for each event and note; what steps print is in their artifacts. */
function speaker({ out, clock }: App): Speaker {
  if (out.mode === "json") {
    return {
      onEvent: (txn, event) => out.data(`${JSON.stringify({ txn, ...event })}\n`),
      onLine: () => {},
      onNote: (note) => {
        if (note.type !== "stopped") out.data(`${JSON.stringify(jsonOfNote(note))}\n`);
      },
      onLeft: (left) => out.data(`${JSON.stringify({ event: "worker_left_command", ...left })}\n`),
    };
  }
  return {
    onEvent(txn, event) {
      const told = toldEvent(event);
      if (told !== undefined) out.print(`${event.ts ?? ""} ${txn}  ${told}`);
    },
    onLine: () => {},
    onNote: (note) => out.print(toldNote(note, clock.now())),
    onLeft: (left) => out.print(`${left.txn}  ${toldLeft(left)}`),
  };
}

function jsonOfNote(note: Exclude<WorkerNote, { type: "stopped" }>): Record<string, unknown> {
  const { type, txn, error } = note;
  const message = error instanceof Error ? error.message : String(error);
  return { txn, event: `worker_${type}`, error: message };
}
