import fc from "fast-check";
import { expect, it } from "vitest";
import type { Exit } from "../src/supervise/restart-policy.ts";
import { type FakeStart, FakeWorld, settle } from "./supervisor-world.ts";

const CRASH: Exit = { code: 1, signal: null };

type Step =
  | {
      readonly do:
        | "start"
        | "stop"
        | "remove"
        | "halfRestart"
        | "loseShim"
        | "killWithShim"
        | "kill"
        | "boot";
      readonly who: number;
    }
  | { readonly do: "reboot" }
  | { readonly do: "break"; readonly who: number; readonly is: boolean }
  | { readonly do: "die"; readonly who: number; readonly code: number }
  | { readonly do: "probe"; readonly who: number; readonly ok: boolean }
  | { readonly do: "memory"; readonly who: number; readonly bytes: number }
  | { readonly do: "clock"; readonly ms: number }
  | { readonly do: "pass"; readonly ms: number };

const NAMES = ["a", "b", "c"];
const who = fc.nat(NAMES.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("start" as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("stop", "remove", "halfRestart", "loseShim", "killWithShim"),
      who,
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("die" as const), who, code: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("break" as const), who, is: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("probe" as const), who, ok: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("memory" as const), who, bytes: fc.nat(2000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("kill", "boot"), who }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "reboot" }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("clock" as const),
      ms: fc.integer({ min: -100_000, max: 100_000 }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat(20_000) }) },
);

const policy = fc.record({
  restart: fc.constantFrom("no", "on-failure", "always"),
  backoffMs: fc.constantFrom(0, 100, 5000),
  maxBackoffMs: fc.constant(20_000),
  jitter: fc.constant(0),
  stableMs: fc.constantFrom(5000, 30_000),
  maxRestarts: fc.constantFrom(undefined, 0, 2, 4),
});

function metaOf(
  name: string,
  restartPolicy: unknown,
  isProbed: boolean,
): Readonly<Record<string, unknown>> {
  const probe = { type: "http", url: name };
  const health = { probe, intervalMs: 1000, timeoutMs: 100, failures: 2, successes: 1, graceMs: 0 };
  return { restart_policy: restartPolicy, care: isProbed ? { health, maxMemoryBytes: 1000 } : {} };
}

/** The services that are not as they should be, when nothing is left to happen. */
function wrongIn(world: FakeWorld): readonly string[] {
  return [...world.services].flatMap(([name, { meta, live, exit }]) => {
    const { restart } = meta.restart_policy;
    const isAnswered = restart === "always" || (restart === "on-failure" && exit?.code !== 0);
    const hasGivenUp = world.memories.get(name)?.givenUp !== undefined;
    const isRight = meta.desired === "stopped" ? !live : live || !isAnswered || hasGivenUp;
    return isRight ? [] : [name];
  });
}

/** The starts that no policy, boot or interrupted restart asked for. */
function unwantedStartsIn(world: FakeWorld): readonly FakeStart[] {
  return world.starts.filter(({ by, name, wasAsked, wasOtherBoot, exit }) => {
    const { restart } = world.services.get(name)?.meta.restart_policy ?? { restart: "always" };
    const isAsked = by === "person" || wasAsked || wasOtherBoot;
    return !isAsked && (restart === "no" || (restart === "on-failure" && exit?.code === 0));
  });
}

async function take(
  world: FakeWorld,
  current: Step,
  metas: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const name = "who" in current ? (NAMES[current.who] ?? "a") : "a";
  switch (current.do) {
    case "start":
      return world.start(name, metas[NAMES.indexOf(name)]);
    case "die":
      return world.die(name, { code: current.code, signal: null });
    case "break":
      return world.break(name, current.is);
    case "probe":
      return void world.probeAnswers.set(name, { ok: current.ok });
    case "memory":
      return void world.memoryBytes.set(name, current.bytes);
    case "clock":
      world.wallMs += current.ms;
      return;
    case "pass":
      return world.pass(current.ms);
    case "boot":
      return void (await world.boot());
    case "reboot":
      return world.reboot();
    case "kill":
      return world.kill();
    case "stop":
    case "remove":
    case "halfRestart":
    case "loseShim":
    case "killWithShim":
      return world[current.do](name);
  }
}

it("whatever happens in whatever order: nothing doubled, nothing unwanted, and in the end all as it should be", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.tuple(policy, policy, policy),
      fc.boolean(),
      async (steps, policies, isProbed) => {
        const world = new FakeWorld();
        await world.boot();
        const metas = NAMES.map((name, at) => metaOf(name, policies[at], isProbed));
        for (const current of steps) {
          await take(world, current, metas);
          await settle();
        }
        // everything is well from now on, and a daemon lives
        for (const name of NAMES) {
          world.probeAnswers.set(name, { ok: true });
          world.memoryBytes.set(name, 0);
          world.break(name, false);
        }
        await world.boot();
        await world.pass(300_000);

        expect(wrongIn(world)).toEqual([]);
        expect(unwantedStartsIn(world)).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
}, 120_000);

it("never tries again sooner than the policy says, nor more often in a row", async () => {
  const deaths = fc.array(fc.record({ afterMs: fc.nat(12_000), kill: fc.boolean() }), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(deaths, policy, async (rounds, restartPolicy) => {
      const world = new FakeWorld();
      await world.boot();
      world.start("a", { restart_policy: { ...restartPolicy, restart: "always" } });
      for (const { afterMs, kill } of rounds) {
        await world.pass(afterMs);
        world.die("a", CRASH);
        await world.pass(1);
        if (kill) await world.boot();
      }
      await world.pass(60_000);

      // the model: the row of failures, by the times of starts and ends alone
      const { backoffMs, maxBackoffMs, stableMs, maxRestarts = Infinity } = restartPolicy;
      let row = 0;
      for (const { ranMs = 0, upMs, endedUpMs = 0, by } of world.starts) {
        if (by === "person") continue;
        row = (ranMs >= stableMs ? 0 : row) + 1;
        expect(row).toBeLessThanOrEqual(maxRestarts);
        const waitMs = Math.min(maxBackoffMs, backoffMs * 2 ** (row - 1));
        expect(upMs - endedUpMs).toBeGreaterThanOrEqual(waitMs);
        expect(upMs - endedUpMs).toBeLessThanOrEqual(waitMs + 1);
      }
    }),
    { numRuns: 300 },
  );
}, 120_000);
