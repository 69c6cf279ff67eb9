import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { lineText, openLogs } from "../src/logs/index.ts";
import { collect, logFolder } from "./log-folder.ts";
import { PATIENCE_MS } from "./temporary-services.ts";

vi.setConfig({ testTimeout: 4 * PATIENCE_MS });
const FIXTURES = join(import.meta.dirname, "fixtures");
const LINES = 100_000;
const ROTATIONS = 12;

/** The service: writes its lines straight to its log. */
function writer(out: string, from: number): Promise<unknown> {
  const fd = openSync(out, "a");
  const child = spawn(
    process.execPath,
    [join(FIXTURES, "log-writer.mjs"), String(from), String(LINES)],
    {
      stdio: ["ignore", fd, "inherit"],
    },
  );
  closeSync(fd);
  return once(child, "exit");
}

/** One who rotates, killed after so many rotations or when told to. @returns how many there were. */
async function rotatorKilledAfter(
  folder: string,
  { rotations, signal }: { readonly rotations: number; readonly signal: AbortSignal },
): Promise<number> {
  const child = spawn(
    process.execPath,
    [join(FIXTURES, "log-rotator.mjs"), folder, "web", "100000"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const exit = once(child, "exit");
  signal.addEventListener("abort", () => child.kill("SIGKILL"));
  let count = 0;
  child.stdout.on("data", (bytes: Buffer) => {
    count += bytes.toString().split("\n").length - 1;
    if (count >= rotations) child.kill("SIGKILL");
  });
  await exit;
  return count;
}

it("rotators killed at any moment while a service writes at full speed and somebody follows: no line lost, none doubled", async () => {
  const { folder, logs, out } = logFolder();
  closeSync(openSync(out, "a"));
  const seenAll = new AbortController();
  const seen: number[] = [];
  const following = (async () => {
    for await (const batch of openLogs({ folder }).follow(["web"], { lines: 0 }, seenAll.signal)) {
      for (const line of batch) seen.push(Number(lineText(line).slice(0, 9)));
    }
  })();
  const ended = new AbortController();
  const deaths: number[] = []; // how often each had rotated
  const rotations = (): number => deaths.reduce((sum, count) => sum + count, 0);
  let written = 0;
  const write = async (): Promise<void> => {
    for (; rotations() < ROTATIONS; written += LINES) await writer(out, written);
    ended.abort();
  };
  const chain = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      const signal = ended.signal;
      const count = 1 + (deaths.length % 4);
      deaths.push(await rotatorKilledAfter(folder, { rotations: count, signal }));
    }
  };
  await Promise.all([write(), chain(), chain()]); // two at a time

  await logs.recover("web");
  await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(written), PATIENCE_MS);
  seenAll.abort();
  await following;
  const numbers = (await collect(logs.read("web", { sinceMs: 0 }))).map((line) =>
    Number(lineText(line).slice(0, 9)),
  );

  expect(numbers).toEqual(Array.from({ length: written }, (_, line) => line));
  expect(seen).toEqual(numbers);
  expect(rotations()).toBeGreaterThanOrEqual(ROTATIONS);
});
