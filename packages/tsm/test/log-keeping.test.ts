import { expect, it } from "vitest";
import type { LogKeeper } from "../src/supervisor/ports.ts";
import { FakeWorld } from "./supervisor-world.ts";

/** A world whose logs tell what is done with them, with as much room on the disk as is said at the time. */
function worldWithLogs(): { world: FakeWorld; done: string[]; room: { isLow: boolean } } {
  const world = new FakeWorld();
  const done: string[] = [];
  const room = { isLow: false };
  const logs: LogKeeper = {
    rotateIfDue: async (name) => done.push(`rotate ${name}`),
    recover: async (name) => done.push(`recover ${name}`),
    nextLookMs: () => 60_000,
    capTotal: () => ({ disk: { freeBytes: 1, totalBytes: 100, isLow: room.isLow } }),
    noteOffsets: (name, why) => done.push(`note ${name} ${why}`),
  };
  world.logs = logs;
  return { world, done, room };
}

it("finishes what a rotation left of every service that is adopted, once and before it rotates", async () => {
  const { world, done } = worldWithLogs();
  world.start("idle");
  world.die("idle", { code: 0, signal: null });
  world.start("web");

  await world.boot();
  await world.pass(5000);
  expect(done).toEqual(["recover idle", "recover web", "rotate web"]);
  await world.pass(60_000);
  expect(done.slice(3)).toEqual(["rotate web"]);
});

it("notes how long the logs are when a service ends", async () => {
  const { world, done } = worldWithLogs();
  world.start("web");
  await world.boot();

  world.die("web", { code: 3, signal: null });
  await world.pass(1);

  expect(done).toEqual(["note web exit"]);
});

it("says that the disk is nearly full, once until there is room again", async () => {
  const { world, room } = worldWithLogs();
  world.start("web");
  const supervisor = await world.boot();
  const told = (): number => world.history.filter(({ event }) => event === "low_disk").length;
  await world.pass(5000);
  expect(told()).toBe(0);

  room.isLow = true;
  await world.pass(1_800_000);
  expect(told()).toBe(1);
  expect(world.history.at(-1)).toMatchObject({ free_bytes: 1, total_bytes: 100 });
  expect(supervisor.warnings()).toEqual(["the disk of the logs: 0 MiB of 0 MiB are free"]);
  room.isLow = false;
  await world.pass(1_200_000);
  expect(supervisor.warnings()).toEqual([]);
  room.isLow = true;
  await world.pass(1_200_000);
  expect(told()).toBe(2);
});
