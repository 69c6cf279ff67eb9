import { TetraError } from "@tetra/errors";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Dependency } from "../care/service-care.ts";
import { carryOut, type CarryOutPorts, type StepResult } from "./carry-out.ts";
import type { Step } from "./plan-up.ts";

function step(name: string, action: Step["action"], dependsOn: readonly Dependency[] = []): Step {
  return { name, action, why: "", differences: [], dependsOn };
}

function on(name: string, condition: Dependency["condition"] = "started"): readonly Dependency[] {
  return [{ name, condition }];
}

interface Fake {
  readonly ports: CarryOutPorts;
  readonly calls: readonly string[];
  readonly running: { most: number };
}

/** Notes what is called; `fails` fail, each call takes a turn of the event loop. */
function fake(fails: readonly string[] = []): Fake {
  const calls: string[] = [];
  const running = { now: 0, most: 0 };
  const call = async (what: string): Promise<void> => {
    calls.push(what);
    running.now += 1;
    running.most = Math.max(running.most, running.now);
    await new Promise(setImmediate);
    running.now -= 1;
    if (fails.includes(what)) throw new TetraError("START_FAILED", `${what}: no`);
  };
  return {
    calls,
    running,
    ports: {
      start: (name) => call(`start ${name}`),
      restart: (name) => call(`restart ${name}`),
      stop: (name) => call(`stop ${name}`),
      until: (name, condition) =>
        condition === "started" ? Promise.resolve() : call(`${name} ${condition}`),
    },
  };
}

function told(results: readonly StepResult[]): readonly string[] {
  return results.map(({ name, outcome, because }) =>
    because === undefined ? `${name} ${outcome}` : `${name} ${outcome}: ${because}`,
  );
}

describe("carrying a plan out", () => {
  it("waits for what each waits for, after the stops", async () => {
    const { ports, calls } = fake();

    const results = await carryOut(
      [
        step("old", "stop"),
        step("web", "start", on("api", "healthy")),
        step("api", "restart", on("migrate", "completed")),
        step("migrate", "start", on("db")),
        step("db", "unchanged"),
      ],
      ports,
    );

    expect(calls).toEqual([
      "stop old",
      "start migrate",
      "migrate completed",
      "restart api",
      "api healthy",
      "start web",
    ]);
    expect(told(results)).toEqual([
      "old stopped",
      "web started",
      "api restarted",
      "migrate started",
      "db unchanged",
    ]);
  });

  it("stops dependents first, and goes on when one cannot be stopped", async () => {
    const { ports, calls } = fake(["stop api"]);

    const results = await carryOut(
      [step("db", "stop"), step("api", "stop", on("db")), step("web", "stop", on("api"))],
      ports,
    );

    expect(calls).toEqual(["stop web", "stop api", "stop db"]);
    expect(told(results)).toEqual(["db stopped", "api failed", "web stopped"]);
  });

  it("keeps back only what depends on a failure, and says on which", async () => {
    const { ports } = fake(["start db", "cache healthy"]);

    const results = await carryOut(
      [
        step("db", "start"),
        step("api", "start", on("db")),
        step("web", "start", on("api")),
        step("cache", "start"),
        step("search", "start", on("cache", "healthy")),
        step("mail", "start"),
      ],
      ports,
    );

    expect(told(results)).toEqual([
      "db failed",
      "api skipped: db failed",
      "web skipped: api was not started",
      "cache started",
      "search skipped: cache healthy: no",
      "mail started",
    ]);
    expect(results[0]?.error?.message).toBe("start db: no");
  });

  it("does at once what does not depend on each other", async () => {
    const { ports, running } = fake();
    const many = Array.from({ length: 100 }, (_, n) => step(`s${n}`, "start"));

    await carryOut(many, ports);

    expect(running.most).toBe(100);
  });

  it("ends although what is to be stopped waits in a circle", async () => {
    const { ports } = fake();

    const results = await carryOut([step("a", "stop", on("b")), step("b", "stop", on("a"))], ports);

    expect(told(results)).toEqual(["a stopped", "b stopped"]);
  });

  it("does not hide a mistake in the program", async () => {
    const ports = { ...fake().ports, start: () => Promise.reject(new TypeError("oops")) };

    await expect(carryOut([step("a", "start")], ports)).rejects.toThrow("oops");
  });
});

it("begins nothing before all that it needs is over, in any plan", async () => {
  const names = ["a", "b", "c", "d", "e", "f"];
  const anyPlan = fc.tuple(...names.map((_, index) => fc.subarray(names.slice(0, index))));
  await fc.assert(
    fc.asyncProperty(anyPlan, fc.subarray(names), async (needs, failing) => {
      const steps = names.map((name, index) =>
        step(
          name,
          "start",
          (needs[index] ?? []).flatMap((need) => on(need)),
        ),
      );
      const { ports, calls } = fake(failing.map((name) => `start ${name}`));

      const results = await carryOut(steps, ports);

      const outcomes = new Map(results.map(({ name, outcome }) => [name, outcome]));
      names.forEach((name, index) => {
        const isHeld = (needs[index] ?? []).some((need) => outcomes.get(need) !== "started");
        const own = failing.includes(name) ? "failed" : "started";
        expect(outcomes.get(name)).toBe(isHeld ? "skipped" : own);
        for (const need of isHeld ? [] : (needs[index] ?? [])) {
          expect(calls.indexOf(`start ${need}`)).toBeLessThan(calls.indexOf(`start ${name}`));
        }
      });
    }),
  );
});
