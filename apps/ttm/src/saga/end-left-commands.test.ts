import { fakeClock, memoryStore } from "@tetra/tts-core/testing";
import { transactionManager } from "@tetra/tts-core";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { noteFile, writeNote } from "./command-note.ts";
import { endingLeftCommands, type LeftCommand } from "./end-left-commands.ts";
import { fromPs, processesHere, type Processes } from "./processes.ts";

const hasPs = spawnSync("ps", ["-A"]).error === undefined;

interface Left {
  readonly pid: number;
  readonly file: string;
  readonly told: LeftCommand[];
  /** Takes the lease of the transaction. */
  readonly lease: (processes?: Processes) => Promise<unknown>;
  readonly isAlive: () => boolean;
}

/** A command that runs though nobody looks after it, and the note on it. Time flies while it is ended. */
async function left(
  script: string,
  change: Partial<{ started: string }> = {},
  here: Processes = processesHere(),
): Promise<Left> {
  const artifacts = mkdtempSync(join(tmpdir(), "left-"));
  const child = spawn("sh", ["-c", `${script} echo up; sleep 1000 & wait; wait`], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { pid = 0 } = child;
  let hasEnded = false;
  child.on("exit", () => {
    hasEnded = true;
  });
  onTestFinished(() => {
    if (!hasEnded) process.kill(-pid, "SIGKILL");
    rmSync(artifacts, { recursive: true });
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const started = here.look(pid)?.started ?? "";
  const note = { step: "two", attempt: 1, key: "t/two", pid, started, machine: here.machine() };
  const file = noteFile(artifacts, { step: "two", isUndo: false });
  writeNote(file, { ...note, ...change });

  const store = memoryStore();
  const clock = fakeClock(0);
  const manager = transactionManager({ store, clock, resolver: { resolve: async () => "" } });
  const { id } = await manager.create({ description: "tidy" });
  const told: LeftCommand[] = [];
  const timer = {
    async until(): Promise<void> {
      clock.advance(20);
      await turn();
    },
  };
  const ports = {
    clock,
    timer,
    artifactsOf: () => artifacts,
    onLeft: (one: LeftCommand) => told.push(one),
  };
  return {
    pid,
    file,
    told,
    lease: (processes = here) =>
      endingLeftCommands(store, { ...ports, processes }).lease(id, { name: "test", atMs: 0 }),
    isAlive: () => !hasEnded,
  };
}

it("ends a command and all it started, before it gives the lease", async () => {
  const { pid, file, told, lease } = await left("");
  await lease();

  expect(
    processesHere()
      .all()
      .filter(({ group, isDead }) => group === pid && !isDead),
  ).toEqual([]);
  expect(told).toEqual([
    { txn: expect.any(String), step: "two", attempt: 1, pid, outcome: "ended" },
  ]);
  expect(existsSync(file)).toBe(false);
});

it.skipIf(!hasPs)("ends it where processes are seen by ps only (needs ps)", async () => {
  // on Linux, ps(1) works the start out of a clock that wavers by a second
  const steady: Processes = {
    ...fromPs,
    look(wanted) {
      const found = fromPs.look(wanted);
      return found && { ...found, started: found.started.slice(0, 10) };
    },
  };
  const { pid, told, lease } = await left("", {}, steady);
  await lease();

  expect(told).toMatchObject([{ outcome: "ended" }]);
  expect(fromPs.all().filter(({ group, isDead }) => group === pid && !isDead)).toEqual([]);
});

it("kills a command that does not listen", async () => {
  const { told, lease } = await left('trap "" TERM;');
  await lease();

  expect(told).toMatchObject([{ outcome: "ended" }]);
});

it("never signals who has its number now", async () => {
  const { told, lease, file, isAlive } = await left("", { started: "another time" });
  await lease();

  expect(isAlive()).toBe(true);
  expect(told).toEqual([]);
  expect(existsSync(file)).toBe(false);
});

it("looks again right before each signal", async () => {
  const { told, lease, isAlive } = await left('trap "" TERM;');
  let looks = 0;
  const here = processesHere();
  const changing: Processes = {
    ...here,
    look(wanted) {
      looks += 1;
      // the number is given away between the first look and the first signal
      const seen = here.look(wanted);
      return looks === 1 || seen === undefined ? seen : { ...seen, started: "another time" };
    },
  };
  await lease(changing);

  expect(isAlive()).toBe(true);
  expect(told).toEqual([]);
});

it("leaves alone what cannot be told to be its, and says so", async () => {
  const { told, lease, isAlive } = await left("");
  const here = processesHere();
  await lease({ ...here, look: () => undefined, hasVariable: () => false });

  expect(isAlive()).toBe(true);
  expect(told).toMatchObject([{ outcome: "unknown" }]);
});

it("gives no lease while a command does not end", async () => {
  const { pid, file, told, lease } = await left("");
  const here = processesHere();
  // what hangs in the kernel is seen for ever
  const [all, leader] = [here.all(), here.look(pid)];
  await expect(lease({ ...here, all: () => all, look: () => leader })).rejects.toMatchObject({
    code: "OPERATION_FAILED",
  });

  expect(existsSync(file)).toBe(true);
  expect(told).toEqual([]);
  await lease(); // which was given back
});
