import { join } from "node:path/posix";
import { flushFolder, isSystemError } from "@tetra/durable-fs";
import { isTetraError, type TetraError } from "@tetra/errors";
import type { CommitQueue } from "./commit-queue.ts";
import { HIDDEN } from "./layout.ts";
import { replayNew, replayParts } from "./replay.ts";
import { storeError } from "./store-error.ts";
import { type WriteParts, writeState } from "./write-path.ts";

/** What came of it. */
export interface Replay {
  /** Journals that are done with. */
  readonly journals: number;
  /** Why others could not be: a transaction they name is broken. They stay until it is mended. */
  readonly failures: readonly TetraError[];
}

/**
 * Puts everything that dead writers' journals hold into the logs, then removes those journals all of
 * whose lines were seen flushed (G5).
 */
export async function replayDead({
  write,
  queue,
}: {
  readonly write: WriteParts;
  readonly queue: CommitQueue;
}): Promise<Replay> {
  const { env, dead, journal } = write;
  const journals = dead.find(journal.name);
  const records = journals.flatMap((found) => found.records);
  const begun = new Set(records.filter((record) => record.new === true).map(({ txn }) => txn));
  const failed = new Map<string, TetraError>();
  for (const id of new Set(records.map(({ txn }) => txn))) {
    try {
      replayNew(write, id, journals);
      await queue.alone(id, (tx) => {
        if (begun.has(id)) replayParts(env, tx);
        writeState(write, tx);
      });
    } catch (error) {
      const told = storeError(id, error);
      if (!isTetraError(told)) throw told;
      // somebody removed the folder by hand: there is nothing to put the lines into
      if (told.code !== "NOT_FOUND") failed.set(id, told);
    }
  }
  const done = journals.filter((found) => !found.records.some(({ txn }) => failed.has(txn)));
  for (const { path } of done) removeJournal(write, path);
  if (done.length > 0) flushFolder(env.fs, join(env.root, HIDDEN.journal));
  return { journals: done.length, failures: [...failed.values()] };
}

function removeJournal({ env }: WriteParts, path: string): void {
  try {
    env.fs.removeFile(path);
  } catch (error) {
    // somebody else replayed it at the same time
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}
