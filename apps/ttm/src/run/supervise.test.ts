import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Outcome } from "./ending.ts";
import { supervise } from "./supervise.ts";

/** Carries out `touch done` in a folder of its own. */
function touching(
  onHeld: (group: number) => void,
  command = "touch",
): { folder: string; ended: Promise<Outcome> } {
  const folder = mkdtempSync(join(tmpdir(), "supervise-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const ended = supervise({
    command,
    args: ["done"],
    env: process.env,
    cwd: folder,
    stdin: "ignore",
    stop: { signal: undefined, listen: () => {}, dispose: () => {} },
    clock: { now: () => 0, offsetMinutes: () => 0 },
    onStdout: () => {},
    onStderr: () => {},
    onHeld,
  });
  return { folder, ended };
}

it("tells the process before the command is let go", async () => {
  const groups: number[] = [];
  const { folder, ended } = touching((group) => groups.push(group));

  expect(await ended).toMatchObject({ ending: { type: "exited", code: 0 } });
  expect(groups).toEqual([expect.any(Number)]);
  expect(existsSync(join(folder, "done"))).toBe(true);
});

it("does nothing when the process cannot be written down", async () => {
  const { folder, ended } = touching(() => {
    throw new Error("the disk is full");
  });

  await expect(ended).rejects.toThrow("the disk is full");
  expect(existsSync(join(folder, "done"))).toBe(false);
});

it.skipIf(!existsSync("/proc/self/cmdline"))("holds the command until then", async () => {
  let held = "";
  const { ended } = touching((group) => {
    held = readFileSync(`/proc/${group}/cmdline`, "utf8");
  });
  await ended;

  expect(held).toContain("TTM_GATE");
});

it("tells of no process when there is no such command", async () => {
  const groups: number[] = [];
  const { ended } = touching((group) => groups.push(group), "no-such-command");

  expect(await ended).toMatchObject({ ending: { type: "not-started", reason: "ENOENT" } });
  expect(groups).toEqual([]);
});
