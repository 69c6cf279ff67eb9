import { join } from "node:path/posix";
import { flushFolder, isSystemError } from "@tetra/durable-fs";
import { isTetraError } from "@tetra/errors";
import type { CommitQueue } from "./commit-queue.ts";
import { HIDDEN } from "./layout.ts";
import { replayNew, replayParts } from "./replay.ts";
import { type WriteParts, writeState } from "./write-path.ts";

/**
 * Puts everything that dead writers' journals hold into the logs, then removes those journals: all
 * their lines were seen flushed (G5).
 * @returns how many journals there were.
 */
export async function replayDead({
  write,
  queue,
}: {
  readonly write: WriteParts;
  readonly queue: CommitQueue;
}): Promise<number> {
  const { env, dead, journal } = write;
  const journals = dead.find(journal.name);
  const records = journals.flatMap((found) => found.records);
  const begun = new Set(records.filter((record) => record.new === true).map(({ txn }) => txn));
  for (const id of new Set(records.map(({ txn }) => txn))) {
    replayNew(write, id, journals);
    try {
      await queue.alone(id, (tx) => {
        if (begun.has(id)) replayParts(env, tx);
        writeState(write, tx);
      });
    } catch (error) {
      // somebody removed the folder by hand: there is nothing to put the lines into
      if (!isTetraError(error, "NOT_FOUND")) throw error;
    }
  }
  for (const { path } of journals) removeJournal(write, path);
  if (journals.length > 0) flushFolder(env.fs, join(env.root, HIDDEN.journal));
  return journals.length;
}

function removeJournal({ env }: WriteParts, path: string): void {
  try {
    env.fs.removeFile(path);
  } catch (error) {
    // somebody else replayed it at the same time
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}
