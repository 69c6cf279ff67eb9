import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import * as z from "zod/mini";
import type { HandleTest } from "./levels/handle-level.ts";

/** Where tests of connections are remembered. */
export interface HandleCache {
  /** The last test of a way; `key` is a short word of hexadecimal digits. */
  get(key: string): HandleTest | undefined;
  /** Remembers a test. */
  set(key: string, test: HandleTest): void;
}

const handleTest: z.ZodMiniType<HandleTest> = z.looseObject({
  atMs: z.number(),
  connectMs: z.number(),
  latencyMs: z.number(),
});

/** Remembers tests for as long as the process lives. */
export function memoryHandleCache(): HandleCache {
  const tests = new Map<string, HandleTest>();
  return {
    get: (key) => tests.get(key),
    set: (key, test) => void tests.set(key, test),
  };
}

/** Remembers tests in a folder, for the next process. It can be deleted at any time. */
export function folderHandleCache(folder: string): HandleCache {
  const fileOf = (key: string): string => join(folder, `${key}.json`);
  return {
    get(key) {
      try {
        return handleTest.safeParse(JSON.parse(readFileSync(fileOf(key), "utf8"))).data;
      } catch {
        return undefined; // not there, or not ours: as if never tested
      }
    },
    set(key, test) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const beside = `${fileOf(key)}.${process.pid}`;
      writeFileSync(beside, JSON.stringify(test), { mode: 0o600 });
      renameSync(beside, fileOf(key));
    },
  };
}
