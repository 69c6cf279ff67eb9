import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError, nodeFileSystem, writeFileAtomic } from "@tetra/durable-fs";
import * as z from "zod/mini";

/** When which token was used last, in milliseconds since the epoch, by its name. */
export type TokenUses = ReadonlyMap<string, number>;

const usesOnDisk = z.record(z.string(), z.number());

/** Where that is noted: a cache, which can be removed. */
export function usesPath(tetraDir: string): string {
  return join(tetraDir, "tsm/runtime/daemon/token-uses.json");
}

/** What is noted; nothing where the file is missing or broken. */
export function readUses(tetraDir: string): TokenUses {
  try {
    const read = usesOnDisk.safeParse(JSON.parse(readFileSync(usesPath(tetraDir), "utf8")));
    return new Map(read.success ? Object.entries(read.data) : []);
  } catch (error) {
    if (isSystemError(error, "ENOENT") || error instanceof SyntaxError) return new Map();
    throw error;
  }
}

/** Notes uses. */
export interface UseNotes {
  note(name: string): void;
  /** Writes what is not written yet. */
  close(): void;
}

/** However often tokens are used, it is written once in this time. */
const PAUSE_MS = 1000;

/** Notes uses of tokens in that file: the first at once, the rest a moment later. */
export function useNotes(tetraDir: string, now: () => number): UseNotes {
  const fs = nodeFileSystem();
  const path = usesPath(tetraDir);
  const uses = new Map(readUses(tetraDir));
  let pause: NodeJS.Timeout | undefined;
  let isBehind = false;

  function write(): void {
    isBehind = false;
    const text = `${JSON.stringify(Object.fromEntries(uses))}\n`;
    try {
      writeFileAtomic(fs, path, new TextEncoder().encode(text), { durable: false });
    } catch (error) {
      // a full disk costs the note, not the request; a folder that was removed must not come back
      if (!isSystemError(error)) throw error;
    }
  }

  function writeSoon(): void {
    isBehind = true;
    if (pause !== undefined) return;
    write();
    pause = setTimeout(() => {
      pause = undefined;
      if (isBehind) writeSoon();
    }, PAUSE_MS).unref();
  }

  return {
    note(name) {
      uses.set(name, now());
      writeSoon();
    },
    close() {
      clearTimeout(pause);
      if (isBehind) write();
    },
  };
}
