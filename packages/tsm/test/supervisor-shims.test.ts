import { expect, it } from "vitest";
import type { Exit } from "../src/supervise/restart-policy.ts";
import { FakeWorld, settle } from "./supervisor-world.ts";

const CRASH: Exit = { code: 1, signal: null };
const AT_ONCE = { restart_policy: { restart: "always", backoffMs: 0 } };

const restartsOf = ({ starts }: FakeWorld): number =>
  starts.filter(({ by }) => by === "supervisor").length;

/** A service that runs under supervision. */
async function running(world: FakeWorld = new FakeWorld()): Promise<FakeWorld> {
  await world.boot();
  world.start("web", AT_ONCE);
  await settle();
  return world;
}

it("is told at once that shim and command were killed together, each time", async () => {
  const world = await running();

  for (const times of [1, 2, 3]) {
    world.killWithShim("web");
    await world.pass(0);
    expect(restartsOf(world)).toBe(times);
  }
});

it("is told of the shims that it finds", async () => {
  const world = await running();
  await world.boot();

  world.killWithShim("web");
  await world.pass(0);

  expect(restartsOf(world)).toBe(1);
});

it("looks again soon when the command outlives its shim by a moment", async () => {
  const world = await running();
  world.loseShim("web");
  await world.pass(2);

  world.die("web", CRASH);
  await world.pass(10);

  expect(restartsOf(world)).toBe(1);
});

it("does not go on looking soon at what lives on without its shim, but once a second", async () => {
  const world = await running();
  world.loseShim("web");
  await world.pass(1500);
  world.looks = 0;

  await world.pass(10_000);

  expect(world.looks).toBe(10);
});

it("looks once a second where nobody would tell of the end of a shim", async () => {
  const world = new FakeWorld();
  world.shimsAreMute = true;
  await running(world);
  await world.pass(5000);

  world.killWithShim("web");
  await world.pass(1000);

  expect(restartsOf(world)).toBe(1);
});

it("lets go of a shim's pipe when the run is over, is removed, or nobody supervises any more", async () => {
  const world = await running();
  const watched = (): number => world.services.get("web")?.shimWatchers.size ?? 0;
  expect(watched()).toBe(1);

  world.stop("web");
  await world.pass(0);
  expect(watched()).toBe(0);

  world.start("web", AT_ONCE);
  const supervisor = await world.boot();
  expect(watched()).toBe(1);
  const web = world.services.get("web");
  await supervisor.close();
  expect(web?.shimWatchers.size).toBe(0);
});
