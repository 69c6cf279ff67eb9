import { expect, it } from "vitest";
import { fakeClock } from "../../test/fake-clock.ts";
import { fakePlatform } from "../../test/fake-platform.ts";
import { sharedScan } from "./shared-scan.ts";

it("those who ask at the same time share a reading, which begins after the last has asked", async () => {
  const platform = fakePlatform();
  let readings = 0;
  const counting = {
    ...platform,
    processes: () => {
      readings += 1;
      return platform.processes();
    },
  };
  const scan = sharedScan(counting, fakeClock());

  const first = scan();
  platform.add({ pid: 7 });
  const both = await Promise.all([first, scan()]);

  expect(readings).toBe(1);
  for (const table of both) expect(table.map(({ pid }) => pid)).toContain(7);
  platform.remove(7);
  expect((await scan()).map(({ pid }) => pid)).not.toContain(7);
  expect(readings).toBe(2);
});

it("after a reading that took long, the next waits as long, whatever the clock does", async () => {
  let nowMs = 1000;
  const slept: number[] = [];
  const clock = {
    now: () => nowMs,
    async sleep(ms: number) {
      slept.push(ms);
      nowMs += ms;
    },
  };
  const platform = fakePlatform();
  const slow = {
    ...platform,
    processes: () => {
      nowMs += 20;
      return platform.processes();
    },
  };
  const scan = sharedScan(slow, clock);

  await scan();
  await scan();
  nowMs -= 1_000_000;
  await scan();

  expect(slept).toEqual([20, 20]);
});
