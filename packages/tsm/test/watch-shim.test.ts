import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { highestDescriptor, watchShim } from "../src/supervisor/watch-shim.ts";
import { PATIENCE_MS, temporaryFolder } from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });
const SOON = { timeout: 10_000, interval: 5 };
const { O_RDWR, O_RDONLY, O_NONBLOCK } = constants;

/** A pipe, and how many descriptors of ours it has. */
function pipe(): { readonly path: string; readonly ours: () => number } {
  const path = join(temporaryFolder(), "alive");
  spawnSync("mkfifo", [path]);
  const ours = (): number =>
    Number(
      spawnSync("sh", ["-c", `ls -l /proc/${process.pid}/fd | grep -c -- '-> ${path}$'`], {
        encoding: "utf8",
      }).stdout,
    );
  return { path, ours };
}

/** Somebody who holds a pipe as a shim does. */
async function holder(path: string): Promise<{ readonly kill: () => void }> {
  const script = 'exec 7<>"$1"; echo holds; exec sleep 1000';
  const child = spawn("sh", ["-c", script, "sh", path], { stdio: ["ignore", "pipe", "ignore"] });
  const kill = (): void => void child.kill("SIGKILL");
  onTestFinished(kill);
  await once(child.stdout, "data");
  return { kill };
}

it("tells once that nobody holds it any more, and gives its descriptor back", async () => {
  const { path, ours } = pipe();
  const { kill } = await holder(path);
  const told = vi.fn<() => void>();

  expect(watchShim(path, 1000, told)).toBeDefined();
  expect(ours()).toBe(1);
  kill();

  await vi.waitFor(() => expect(told).toHaveBeenCalled(), SOON);
  await vi.waitFor(() => expect(ours()).toBe(0), SOON);
  expect(told).toHaveBeenCalledOnce();
});

it("tells nothing after it was ended", async () => {
  const { path, ours } = pipe();
  const { kill } = await holder(path);
  const told = vi.fn<() => void>();

  watchShim(path, 1000, told)?.();
  kill();

  await vi.waitFor(() => expect(ours()).toBe(0), SOON);
  expect(told).not.toHaveBeenCalled();
});

it("says that nobody would tell of a pipe that nobody holds, or that is none", async () => {
  const { path, ours } = pipe();
  const file = join(temporaryFolder(), "alive");
  writeFileSync(file, "text");

  for (const each of [path, file, join(file, ".."), `${file}.missing`, "/dev/null"]) {
    expect([each, watchShim(each, 1000, () => {})]).toEqual([each, undefined]);
  }
  expect(ours()).toBe(0);
});

it("leaves the last descriptors for what cannot be done without", async () => {
  const { path, ours } = pipe();
  await holder(path);
  const fd = openSync("/dev/null", "r");
  closeSync(fd);

  expect(watchShim(path, fd - 1, () => {})).toBeUndefined();
  expect(ours()).toBe(0);
  expect(highestDescriptor()).toBeGreaterThan(readdirSync("/proc/self/fd").length);
});

it("is not relied on once somebody has written into it", async () => {
  const { path, ours } = pipe();
  await holder(path);
  const told = vi.fn<() => void>();
  const stranger = openSync(path, O_RDWR | O_NONBLOCK);

  watchShim(path, 1000, told);
  writeSync(stranger, "x".repeat(10_000));

  await vi.waitFor(() => expect(told).toHaveBeenCalled(), SOON);
  writeSync(stranger, "x");
  expect(watchShim(path, 1000, told)).toBeUndefined();
  closeSync(stranger);
  await vi.waitFor(() => expect(ours()).toBe(0), SOON);
  expect(told).toHaveBeenCalledOnce();
});

it("is told in spite of others who read", async () => {
  const { path } = pipe();
  const { kill } = await holder(path);
  const told = vi.fn<() => void>();
  const stranger = openSync(path, O_RDONLY | O_NONBLOCK);
  onTestFinished(() => closeSync(stranger));

  watchShim(path, 1000, told);
  kill();

  await vi.waitFor(() => expect(told).toHaveBeenCalledOnce(), SOON);
});
