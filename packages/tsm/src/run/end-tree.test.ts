import { expect, it } from "vitest";
import { fakeClock } from "../../test/fake-clock.ts";
import { type FakePlatform, fakePlatform, type FakeProcess } from "../../test/fake-platform.ts";
import { endTree } from "./end-tree.ts";

const shim = { pid: 10, start: "s10" };
const main = { pid: 11, start: "s11" };
const SEED = { shim, main, cookie: "ours", carriers: true };
const SHIM: FakeProcess = { pid: 10, session: 10, cookie: "ours" };
const MAIN: FakeProcess = { pid: 11, parent: 10, group: 10, session: 10, cookie: "ours" };

/** The shim ends when its command has. */
const end = async (platform: FakePlatform, timeoutMs = 1000, onSleep = (): void => {}) =>
  endTree({
    platform,
    scan: async () => platform.processes(),
    clock: fakeClock(() => {
      onSleep();
      if (platform.process(11) === undefined) platform.remove(10);
    }),
    seed: SEED,
    signal: "SIGTERM",
    timeoutMs,
  });

it("asks each process once, parents first, and never the shim", async () => {
  const platform = fakePlatform(SHIM, MAIN, { pid: 5, parent: 11, session: 10 });

  expect(await end(platform)).toEqual({ outcome: "ended", survivors: [] });
  expect(platform.sent.filter((signal) => signal.endsWith("SIGTERM"))).toEqual([
    "11 s11 SIGTERM",
    "5 s5 SIGTERM",
  ]);
});

it("kills what does not end in time", async () => {
  const platform = fakePlatform(SHIM, { ...MAIN, ignores: ["SIGTERM"] });

  expect((await end(platform)).outcome).toBe("killed");
  expect(platform.sent.filter((signal) => signal === "11 s11 SIGTERM")).toHaveLength(1);
  expect(platform.sent).toContain("11 s11 SIGKILL");
});

it("kills at once without a time to end in", async () => {
  const platform = fakePlatform(SHIM, MAIN);

  expect((await end(platform, 0)).outcome).toBe("killed");
  expect(platform.sent.join()).not.toContain("SIGTERM");
});

it("names what cannot be signalled or killed", async () => {
  const platform = fakePlatform(
    SHIM,
    { ...MAIN, isForeignUser: true },
    { pid: 12, parent: 11, ignores: ["SIGTERM", "SIGKILL"] },
  );

  const { outcome, survivors } = await end(platform);

  expect(outcome).toBe("survived");
  expect(survivors.map(({ pid }) => pid)).toEqual([11, 12]);
});

it("a pid that went to somebody else is not signalled", async () => {
  const platform = fakePlatform(SHIM, { ...MAIN, ignores: ["SIGTERM"] });
  const reuse = (): void => platform.add({ pid: 11, start: "later" });

  expect((await end(platform, 1000, reuse)).outcome).toBe("ended");
  expect(platform.sent.filter((signal) => signal.includes("later"))).toEqual([]);
});

it("a session number that went to somebody else is not ours", async () => {
  const platform = fakePlatform({ pid: 10, start: "later" }, { pid: 30, session: 10 });

  expect(await end(platform)).toEqual({ outcome: "ended", survivors: [] });
  expect(platform.sent).toEqual([]);
});

it("what was a descendant once is remembered, though it has lost every mark", async () => {
  const child: FakeProcess = { pid: 20, parent: 11, ignores: ["SIGTERM"] };
  const platform = fakePlatform(SHIM, MAIN, child);
  const detach = (): void => {
    if (platform.process(20) !== undefined) platform.add({ ...child, parent: 1 });
  };

  expect((await end(platform, 1000, detach)).outcome).toBe("killed");
  expect(platform.process(20)).toBeUndefined();
});

it("a pid that goes to somebody else between the look and the signal is not signalled", async () => {
  const child: FakeProcess = { pid: 20, parent: 11, session: 10 };
  const platform = fakePlatform(SHIM, MAIN, child);
  const reusing: FakePlatform = {
    ...platform,
    signal(pid, name) {
      if (pid === 11) platform.add({ pid: 20, start: "later" });
      return platform.signal(pid, name);
    },
  };

  expect((await end(reusing)).outcome).toBe("ended");
  expect(platform.sent.filter((sent) => sent.startsWith("20 "))).toEqual([]);
});

it("when the family is gone, what has left it is looked for, and asked as well", async () => {
  const platform = fakePlatform(SHIM, MAIN, { pid: 30, cookie: "ours" });

  expect((await end(platform)).outcome).toBe("ended");
  expect(platform.sent).toContain("30 s30 SIGTERM");
});

it("all processes of the machine are read only then: once to ask, once to be sure", async () => {
  const platform = fakePlatform(SHIM, MAIN, { pid: 20, parent: 11 }, { pid: 30, cookie: "ours" });
  let readings = 0;
  const counting: FakePlatform = {
    ...platform,
    processes: () => {
      readings += 1;
      return platform.processes();
    },
  };

  await end(counting);

  expect(readings).toBe(2);
});
