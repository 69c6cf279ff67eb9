import { isTetraError } from "@tetra/errors";
import type { CommitQueue } from "./commit-queue.ts";
import { type WriteParts, writeState } from "./write-path.ts";

// What may wait: `state.json` of transactions whose appends shared a flush or came from a runner, and
// the end of journals.

/** The work that is done when there is nothing better to do. */
export interface Housekeeping {
  /** Does it soon. */
  soon(): void;
  /** Does all of it now. */
  now(): Promise<void>;
  /** Stops the timer. */
  stop(): void;
}

const SOON_MS = 50;
/** A larger journal is retired while work goes on. */
const JOURNAL_BYTES = 4 * 1024 * 1024;
/** A smaller one is kept while there was a batch in this time. */
const QUIET_MS = 500;

/** Calls back after a while, unless the returned function was called before. */
export type Later = (run: () => void, ms: number) => () => void;

/** Does not keep the process alive. */
const laterUnreferenced: Later = (run, ms) => {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
};

/** Makes the housekeeping of one store. */
export function housekeeping(
  parts: WriteParts,
  queue: CommitQueue,
  later: Later = laterUnreferenced,
): Housekeeping {
  const { journal, opened } = parts;
  let cancel: (() => void) | undefined;
  let quietSince = 0;

  async function writeStates(): Promise<void> {
    const behind = [...opened.all()].filter((tx) => tx.stateBehind);
    await Promise.all(behind.map(({ id }) => writeBehind(id)));
  }

  async function writeBehind(id: string): Promise<void> {
    try {
      await queue.alone(id, (tx) => {
        if (tx.stateBehind) writeState(parts, tx);
      });
    } catch (error) {
      if (!isTetraError(error, "NOT_FOUND")) throw error; // removed by hand: there is no state to write
    }
  }

  async function retire(): Promise<void> {
    await queue.between(() => journal.rotate());
    await journal.retire();
  }

  async function tick(): Promise<void> {
    cancel = undefined;
    try {
      await writeStates();
      quietSince += SOON_MS;
      if (journal.size > JOURNAL_BYTES || quietSince >= QUIET_MS) await retire();
      else if (journal.size > 0) start();
    } catch {
      // nothing is lost: the state is a cache, and a journal that could not be retired is replayed by
      // the next process that opens the store; whoever appends is told of a broken disk himself
    }
  }

  function stop(): void {
    cancel?.();
    cancel = undefined;
  }

  function start(): void {
    cancel ??= later(() => void tick(), SOON_MS);
  }

  return {
    soon() {
      quietSince = 0;
      start();
    },
    async now() {
      stop();
      await writeStates();
      await retire();
    },
    stop,
  };
}
