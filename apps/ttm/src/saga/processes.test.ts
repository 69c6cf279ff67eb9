import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { fromProc, fromPs, type Processes } from "./processes.ts";

const hasProc = existsSync("/proc/self/stat");
const hasPs = spawnSync("ps", ["-A"]).error === undefined;

/** A process in a group of its own, with `MARK=this one` in its environment. */
function sleeper(): number {
  const env = { ...process.env, MARK: "this one" };
  const child = spawn("sleep", ["1000"], { detached: true, stdio: "ignore", env });
  onTestFinished(() => void child.kill("SIGKILL"));
  if (child.pid === undefined) throw new Error("sleep(1) was not started");
  return child.pid;
}

/** What is seen of it, and whether it is among all, whose number none of them has. */
function seen(processes: Processes, pid: number): unknown {
  const found = processes.look(pid);
  const isAmongAll = processes.all().some((each) => each.pid === pid);
  return { ...found, isAmongAll, other: processes.look(2 ** 30) };
}

const asSeen = (pid: number): unknown => ({
  pid,
  group: pid,
  started: expect.stringMatching(/\d/),
  isDead: false,
  isAmongAll: true,
  other: undefined,
});

it.skipIf(!hasProc)("sees processes in /proc, with their variables", () => {
  const pid = sleeper();

  expect(seen(fromProc, pid)).toEqual(asSeen(pid));
  expect(fromProc.hasVariable(pid, "MARK", "this one")).toBe(true);
  expect(fromProc.hasVariable(pid, "MARK", "this")).toBe(false);
  expect(fromProc.machine()).toMatch(/^[0-9a-f-]{36} pid:\[\d+\]$/);
});

it.skipIf(!hasPs)("sees processes by ps (needs ps)", () => {
  const pid = sleeper();

  expect(seen(fromPs, pid)).toEqual(asSeen(pid));
});
