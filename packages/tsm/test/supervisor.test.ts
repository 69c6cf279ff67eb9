import { describe, expect, it } from "vitest";
import type { Exit } from "../src/supervise/restart-policy.ts";
import { FakeWorld, settle } from "./supervisor-world.ts";

const CRASH: Exit = { code: 1, signal: null };
const FINE: Exit = { code: 0, signal: null };
const ENDED: Exit = { code: null, signal: "SIGTERM" };
const ALWAYS = { restart: "always", backoffMs: 1000, jitter: 0, stableMs: 60_000 };

async function worldWith(
  services: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Promise<FakeWorld> {
  const world = new FakeWorld();
  await world.boot();
  for (const [name, meta] of Object.entries(services)) world.start(name, meta);
  await settle();
  return world;
}

function eventsOf(world: FakeWorld): readonly string[] {
  return world.history.map(({ event }) => event);
}

const restartsOf = (world: FakeWorld, name: string): number =>
  world.starts.filter((start) => start.name === name && start.by === "supervisor").length;

describe("restarts", () => {
  it("waits longer after each failure in a row, and says when it tries again", async () => {
    const world = await worldWith({ web: { restart_policy: ALWAYS } });

    const waits: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      world.die("web", CRASH);
      await world.pass(0);
      const diedMs = world.upMs;
      await world.pass(40_000);
      waits.push((world.starts.at(-1)?.upMs ?? 0) - diedMs);
    }

    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    expect(world.history.find(({ event }) => event === "backoff")).toMatchObject({
      failures: 1,
      code: 1,
      log: "current.err",
    });
  });

  it("begins a new row after a run that was stable", async () => {
    const world = await worldWith({ web: { restart_policy: ALWAYS } });
    world.die("web", CRASH);
    await world.pass(90_000);
    expect(world.memories.get("web")?.failures).toBe(0);

    world.die("web", CRASH);
    await world.pass(1000);

    expect(restartsOf(world, "web")).toBe(2);
  });

  it("gives up after so many failures in a row, however often the daemon is killed", async () => {
    const world = await worldWith({ web: { restart_policy: { ...ALWAYS, maxRestarts: 3 } } });

    for (let round = 0; round < 8; round += 1) {
      world.die("web", CRASH);
      await world.pass(10);
      await world.boot();
      await world.pass(20_000);
    }

    expect(restartsOf(world, "web")).toBe(3);
    expect(world.history.at(-1)).toMatchObject({ event: "given_up", name: "web" });
    expect(world.memories.get("web")?.givenUp).toContain("4 times");
  });

  it("goes on with a wait at its time after its own death", async () => {
    const world = await worldWith({ web: { restart_policy: { ...ALWAYS, backoffMs: 10_000 } } });
    world.die("web", CRASH);
    await world.pass(6000);

    await world.boot();
    await world.pass(3999);
    expect(restartsOf(world, "web")).toBe(0);
    await world.pass(1);

    expect(restartsOf(world, "web")).toBe(1);
  });

  it("counts what died while no daemon lived, once, and starts it again", async () => {
    const world = await worldWith({ web: { restart_policy: ALWAYS } });
    world.kill();
    world.die("web", { code: 3, signal: null });

    await world.boot();
    await world.boot();
    await world.pass(1000);

    expect(restartsOf(world, "web")).toBe(1);
    expect(world.memories.get("web")).toMatchObject({ failures: 1 });
  });

  it("does not wait as long as a clock lies that was set back", async () => {
    const world = await worldWith({ web: { restart_policy: ALWAYS } });
    world.die("web", CRASH);
    await world.pass(10);

    world.wallMs -= 3_600_000;
    await world.pass(3000);

    expect(restartsOf(world, "web")).toBe(1);
  });

  it("counts a start that is refused like a failure, and says why", async () => {
    const world = await worldWith({ web: { restart_policy: { ...ALWAYS, maxRestarts: 2 } } });
    world.break("web", true);
    world.die("web", CRASH);

    await world.pass(60_000);

    expect(world.history).toContainEqual(
      expect.objectContaining({ event: "backoff", error_code: "COMMAND_NOT_FOUND", failures: 2 }),
    );
    expect(world.history.at(-1)).toMatchObject({ event: "given_up" });
  });

  it("carries on a restart whose author died between its stop and its start", async () => {
    const world = await worldWith({ web: {} });

    world.halfRestart("web");
    await world.pass(0);

    expect(restartsOf(world, "web")).toBe(1);
  });

  it("finds within a second that a service has ended whose shim was killed", async () => {
    const world = await worldWith({ web: { restart_policy: { ...ALWAYS, backoffMs: 0 } } });
    world.loseShim("web");
    await world.boot();

    world.die("web", CRASH);
    await world.pass(1000);

    expect(restartsOf(world, "web")).toBe(1);
  });

  it("does nothing while nothing happens", async () => {
    const names = Array.from({ length: 100 }, (_, index) => `s${index}`);
    const world = await worldWith(Object.fromEntries(names.map((name) => [name, {}])));
    await world.pass(1000);
    world.looks = 0;

    await world.pass(60_000);

    expect(world.looks).toBe(0);
  });
});

describe("a boot", () => {
  it("starts what ran, without counting a failure, and leaves what was stopped", async () => {
    const world = await worldWith({ web: {}, job: {}, down: {} });
    world.stop("down");
    world.die("job", FINE);
    await world.pass(1000);

    world.reboot();
    await world.boot();

    expect(world.starts.filter(({ by }) => by === "supervisor").map(({ name }) => name)).toEqual([
      "web",
    ]);
    expect(world.memories.get("web")?.failures ?? 0).toBe(0);
  });

  it("takes what a machine ended in order as lost, whatever restarts are asked for", async () => {
    const world = await worldWith({ web: {}, job: {} });
    world.die("job", ENDED);
    await world.pass(1000);

    world.reboot(ENDED);
    await world.boot();

    expect([restartsOf(world, "web"), restartsOf(world, "job")]).toEqual([1, 0]);
  });

  it("starts what others depend on first", async () => {
    const dependsOn = (...names: readonly string[]) => ({
      care: { dependsOn: names.map((name) => ({ name, condition: "started" })) },
    });
    const world = await worldWith({ api: dependsOn("db"), db: {}, web: dependsOn("api", "db") });

    world.reboot();
    await world.boot();
    await world.pass(10);

    const order = world.starts.filter(({ by }) => by === "supervisor").map(({ name }) => name);
    expect(order).toEqual(["db", "api", "web"]);
  });

  it("does not wait in a circle", async () => {
    const on = (name: string) => ({ care: { dependsOn: [{ name, condition: "started" }] } });
    const world = await worldWith({ a: on("b"), b: on("a") });

    world.reboot();
    await world.boot();
    await world.pass(10);

    expect(restartsOf(world, "a") + restartsOf(world, "b")).toBe(2);
  });

  it("keeps a list of what should run", async () => {
    const world = await worldWith({ web: {}, api: {} });
    world.stop("api");
    await world.pass(1000);

    expect(world.saved.map(({ name }) => name)).toEqual(["web"]);
  });
});

describe("health", () => {
  const health = {
    probe: { type: "http", url: "x" },
    intervalMs: 1000,
    timeoutMs: 100,
    failures: 3,
    successes: 1,
    graceMs: 0,
  };

  it("restarts what is unhealthy, with a wait, and says so", async () => {
    const world = await worldWith({ web: { restart_policy: ALWAYS, care: { health } } });
    await world.pass(5000);
    world.probeAnswers.set("x", { ok: false, why: "answered 500" });

    await world.pass(4100);

    expect(eventsOf(world)).toEqual(["healthy", "unhealthy", "backoff"]);
    expect(world.history[1]).toMatchObject({ failures: 3, last: "answered 500" });
    expect(restartsOf(world, "web")).toBe(1);
  });

  it("leaves it alone when it recovers before the restart is due", async () => {
    const policy = { ...ALWAYS, backoffMs: 10_000 };
    const world = await worldWith({ web: { restart_policy: policy, care: { health } } });
    world.probeAnswers.set("x", { ok: false });
    await world.pass(4000);
    expect(world.memories.get("web")?.health?.state).toBe("unhealthy");

    world.probeAnswers.set("x", { ok: true });
    await world.pass(30_000);

    expect(restartsOf(world, "web")).toBe(0);
  });

  it("does not count failures in the time of grace", async () => {
    const care = { health: { ...health, graceMs: 10_000 } };
    const world = await worldWith({ web: { restart_policy: ALWAYS, care } });
    world.probeAnswers.set("x", { ok: false });

    await world.pass(9500);
    expect(eventsOf(world)).toEqual([]);
    await world.pass(5000);

    expect(eventsOf(world)).toContain("unhealthy");
  });

  it("does not believe of a run what was asked of the one before", async () => {
    const policy = { ...ALWAYS, backoffMs: 0 };
    const care = { health: { ...health, failures: 1 } };
    const world = await worldWith({ web: { restart_policy: policy, care } });
    let answer = (): void => {};
    world.probesAreHeld = new Promise((resolve) => {
      answer = resolve;
    });
    world.probeAnswers.set("x", { ok: false });
    await world.pass(600);
    world.die("web", CRASH);
    await world.pass(10);
    expect(restartsOf(world, "web")).toBe(1);

    answer();
    await world.pass(10);

    expect(eventsOf(world)).not.toContain("unhealthy");
  });

  it("is what others can wait for", async () => {
    const world = await worldWith({
      db: { restart_policy: ALWAYS, care: { health } },
      web: { care: { dependsOn: [{ name: "db", condition: "healthy" }] } },
    });
    world.probeAnswers.set("x", { ok: false });
    world.reboot();
    await world.boot();
    await world.pass(1600);
    expect(restartsOf(world, "web")).toBe(0);

    world.probeAnswers.set("x", { ok: true });
    await world.pass(3000);

    expect(restartsOf(world, "web")).toBe(1);
  });
});

describe("other occasions", () => {
  it("restarts what uses too much memory, with a wait", async () => {
    const world = await worldWith({
      web: { restart_policy: ALWAYS, care: { maxMemoryBytes: 1000 } },
    });
    world.memoryBytes.set("web", 2000);

    await world.pass(6100);

    expect(world.history[0]).toMatchObject({
      event: "memory_limit",
      bytes: 2000,
      limit_bytes: 1000,
    });
    expect(restartsOf(world, "web")).toBe(1);
  });

  it("restarts at the times of a schedule, and what has ended by itself too", async () => {
    const world = await worldWith({
      web: { care: { cron: "* * * * *" } },
      job: { care: { cron: "* * * * *" } },
    });
    world.die("job", FINE);

    await world.pass(180_000);

    expect(restartsOf(world, "web")).toBe(3);
    expect(restartsOf(world, "job")).toBe(3);
    expect(eventsOf(world).filter((event) => event === "cron_restart")).toHaveLength(6);
  });

  it("waits for a time that is far away", async () => {
    const world = await worldWith({ web: { care: { cron: "0 * * * *" } } });

    await world.pass(3 * 3_600_000);

    expect(restartsOf(world, "web")).toBe(3);
  });

  it("keeps to a schedule when the clock is set", async () => {
    const world = await worldWith({ web: { care: { cron: "* * * * *" } } });
    world.wallMs += 7_200_000;

    await world.pass(60_000);
    const first = restartsOf(world, "web");
    world.wallMs -= 7_200_000;
    await world.pass(180_000);

    expect(first).toBe(1);
    expect(restartsOf(world, "web")).toBeGreaterThanOrEqual(3);
  });

  it("leaves what was stopped alone, whatever its time and files", async () => {
    const care = { cron: "* * * * *", watch: { paths: ["/web"], ignore: [] } };
    const world = await worldWith({ web: { care } });
    world.stop("web");
    await world.pass(0);

    world.touch("/web", "/web/a.js");
    await world.pass(180_000);

    expect(restartsOf(world, "web")).toBe(0);
  });

  it("restarts once for many changes, and what has crashed too", async () => {
    const world = await worldWith({ web: { care: { watch: { paths: ["/web"], ignore: [] } } } });
    await world.pass(10_000);
    for (const file of ["a.js", "b.js"]) world.touch("/web", `/web/${file}`);
    await world.pass(1000);
    expect(restartsOf(world, "web")).toBe(1);
    expect(world.history[0]).toMatchObject({
      event: "watch_restart",
      paths: ["/web/a.js", "/web/b.js"],
    });

    world.die("web", CRASH);
    await world.pass(5000);
    world.touch("/web", "/web/a.js");
    await world.pass(1000);

    expect(restartsOf(world, "web")).toBe(2);
  });

  it("does not restart for ever what writes into its own watched folder", async () => {
    const world = await worldWith({ web: { care: { watch: { paths: ["/web"], ignore: [] } } } });
    await world.pass(10_000);
    world.touch("/web", "/web/index.js");

    for (let round = 0; round < 30; round += 1) {
      await world.pass(500);
      world.touch("/web", "/web/own.db");
    }
    await world.pass(5000);
    const restarts = restartsOf(world, "web");
    world.touch("/web", "/web/index.js");
    await world.pass(1000);

    expect(restarts).toBeLessThan(6);
    expect(world.complaints[0]).toContain("/web/own.db");
    expect(restartsOf(world, "web")).toBe(restarts + 1);
  });
});

describe("ends", () => {
  it("are told once also of what was to be stopped, when who stopped it died before telling", async () => {
    const world = await worldWith({ web: {} });
    world.stop("web");
    await world.pass(10_000);
    await world.boot();
    await world.pass(10_000);

    expect(eventsOf(world)).toEqual(["ended"]);
  });

  it("are left to who stops it while he lives", async () => {
    const world = await worldWith({ web: {} });
    world.actedOn.add("web");
    world.stop("web");
    await world.pass(10_000);
    expect(eventsOf(world)).toEqual([]);

    world.actedOn.delete("web");
    await world.pass(1000);

    expect(eventsOf(world)).toEqual(["ended"]);
  });
});

describe("files that change all the time", () => {
  const watch = { paths: ["/web"], ignore: [] };

  async function changing(world: FakeWorld, path: string, times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      world.touch("/web", path);
      await world.pass(100);
    }
  }

  it("do not put a restart off for longer than two seconds", async () => {
    const world = await worldWith({ web: { care: { watch } } });
    await world.pass(10_000);

    await changing(world, "/web/app.js", 22);

    expect(restartsOf(world, "web")).toBe(1);
  });

  it("are the service's own, if they do from its start", async () => {
    const world = await worldWith({ web: { care: { watch } } });

    await changing(world, "/web/own.db", 600);

    expect(restartsOf(world, "web")).toBeLessThan(6);
  });
});

describe("when no watches are left", () => {
  it("the user is told once of files that cannot be watched", async () => {
    const world = new FakeWorld();
    world.hasNoWatches = true;
    const supervisor = await world.boot();
    world.start("web", { care: { watch: { paths: ["/web"], ignore: [] } } });
    await world.pass(20_000);

    expect(world.history).toMatchObject([
      { event: "watch_failed", name: "web", error: expect.stringContaining("ENOSPC") },
    ]);
    expect(supervisor.warnings()).toContainEqual(
      expect.stringMatching(/^web: not all of its files/),
    );
  });

  it("new services are found all the same, and told again once there are some", async () => {
    const world = new FakeWorld();
    world.hasNoWatches = true;
    const supervisor = await world.boot();
    world.start("web", { restart_policy: ALWAYS });
    await world.pass(6000);
    world.die("web", CRASH);
    await world.pass(2000);
    expect(restartsOf(world, "web")).toBe(1);
    expect(supervisor.warnings()).toHaveLength(1);

    world.hasNoWatches = false;
    await world.pass(5000);

    expect(supervisor.warnings()).toEqual([]);
  });
});
