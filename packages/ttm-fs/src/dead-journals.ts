import { join } from "node:path/posix";
import { isSystemError, readFile } from "@tetra/durable-fs";
import type { Environment } from "./environment.ts";
import { type JournalRecord, readJournal } from "./journal-record.ts";
import { HIDDEN } from "./layout.ts";

/** A dead writer's journal. It is never changed, so it is read once. */
export interface DeadJournal {
  readonly name: string;
  readonly path: string;
  readonly records: readonly JournalRecord[];
}

/** Byte 0 of a journal is locked by its writer for as long as it lives. */
export const WRITER_LOCK = { offset: 0, length: 1 } as const;

/** Finds the journals of dead writers (G4). */
export interface DeadJournals {
  /**
   * Every dead writer's journal there is now, but the one named `own`. Whether a writer lives is asked
   * by a shared try-lock that is dropped at once; nobody waits.
   */
  find(own: string | undefined): readonly DeadJournal[];
  /** Whether any journal but `own` is there, dead or alive. */
  others(own: string | undefined): boolean;
  /** Whether a journal but `own`, dead or alive, names this transaction. */
  anyNames(id: string, own: string | undefined): boolean;
}

/** Makes the finder of one open store; it remembers the content of journals it has read. */
export function deadJournals({ fs, root }: Environment): DeadJournals {
  const folder = join(root, HIDDEN.journal);
  const known = new Map<string, DeadJournal>();

  function names(own: string | undefined): readonly string[] {
    // asked before every append, and most often there is none: throwing would cost more than looking
    if (fs.stat(folder) === undefined) return [];
    try {
      return fs
        .names(folder)
        .filter((name) => name.endsWith(".ndjson") && !name.startsWith(".") && name !== own);
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return [];
      throw error;
    }
  }

  function read(name: string): DeadJournal | undefined {
    const remembered = known.get(name);
    if (remembered !== undefined) return remembered;
    const path = join(folder, name);
    try {
      const fd = fs.open(path, "read");
      try {
        const range = { ...WRITER_LOCK, shared: true };
        if (!fs.tryLock(fd, range)) return undefined;
        fs.unlock(fd, range);
      } finally {
        fs.close(fd);
      }
      const journal = { name, path, records: readJournal(readFile(fs, path)) };
      known.set(name, journal);
      return journal;
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return undefined; // somebody has seen to it
      throw error;
    }
  }

  function recordsIn(name: string): readonly JournalRecord[] {
    try {
      return readJournal(readFile(fs, join(folder, name)));
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return []; // its writer has retired it
      throw error;
    }
  }

  return {
    find(own) {
      const present = names(own);
      for (const name of known.keys()) {
        if (!present.includes(name)) known.delete(name);
      }
      return present.flatMap((name) => read(name) ?? []);
    },
    others: (own) => names(own).length > 0,
    anyNames: (id, own) => names(own).some((name) => recordsIn(name).some(({ txn }) => txn === id)),
  };
}
