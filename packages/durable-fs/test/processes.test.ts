import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockFile, nodeFileSystem, readFile, replaceFile, tryLockFile } from "../src/index.ts";

/** Starting processes takes its time on a busy machine. */
const PATIENCE_MS = 30_000;
const range = { offset: 0, length: 1 };
const fs = nodeFileSystem();
let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "durable-fs-"));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

function start(program: string, ...args: string[]): ChildProcess {
  const path = fileURLToPath(new URL(`fixtures/${program}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) return "";
  const [line] = await once(createInterface(child.stdout), "line");
  return String(line);
}

const write = (count: string): void =>
  void replaceFile(fs, `${folder}/count`, new TextEncoder().encode(count));
const read = (): string => new TextDecoder().decode(readFile(fs, `${folder}/count`));

it(
  "frees the lock of a process that is killed",
  async () => {
    const child = start("hold-lock.js", `${folder}/lock`);
    expect(await firstLine(child)).toBe("locked");
    expect(tryLockFile(fs, `${folder}/lock`, range)).toBeUndefined();

    const waiting = lockFile(fs, `${folder}/lock`, range);
    child.kill("SIGKILL");

    const lock = await waiting;
    expect(tryLockFile(fs, `${folder}/lock`, range)).toBeUndefined();
    lock.release();
  },
  PATIENCE_MS,
);

it(
  "lets one process in at a time, and its readers see only whole files",
  async () => {
    write("0");
    const ends = [1, 2, 3].map(async () => once(start("count-up.js", folder, "150"), "exit"));
    const seen: number[] = [];
    while (children.some((child) => child.exitCode === null)) {
      seen.push(Number(read()));
      await nextTurn();
    }

    expect(await Promise.all(ends)).toEqual([0, 1, 2].map(() => [0, null]));
    expect(read()).toBe("450");
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  },
  PATIENCE_MS,
);
