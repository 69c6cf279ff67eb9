import { expect, it } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { alarmClock } from "./alarm-clock.ts";

/** An alarm clock, and when it rang. */
function setUp(): {
  clock: ReturnType<typeof fakeClock>;
  rings: number[];
  set: (atMs: number) => void;
  pass: (ms: number) => Promise<void>;
} {
  const clock = fakeClock(0);
  const rings: number[] = [];
  const { set } = alarmClock(clock, () => rings.push(clock.now()));
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  return { clock, rings, set, pass };
}

it("rings at its moment, once", async () => {
  const { set, pass, rings } = setUp();
  set(100);
  await pass(99);
  expect(rings).toEqual([]);
  await pass(1);
  await pass(1000);
  expect(rings).toEqual([100]);
});

it("set to another moment, no longer rings at the first", async () => {
  const { set, pass, rings } = setUp();
  set(100);
  set(300);
  await pass(200);
  await pass(100);
  expect(rings).toEqual([300]);
});

it("can be set to the same moment again after it rang", async () => {
  const { set, pass, rings } = setUp();
  set(100);
  await pass(150);
  set(100);
  await pass(0);
  expect(rings).toEqual([150, 150]);
});

it("set to never, leaves no timer behind", async () => {
  const { set, pass, rings, clock } = setUp();
  set(100);
  set(Infinity);
  await pass(1000);
  expect(rings).toEqual([]);
  expect(clock.advanceToNext()).toBe(false);
});
