import fc from "fast-check";
import { expect, it } from "vitest";
import { planReload, type ReloadStep, type Route } from "./plan-reload.ts";

/** A world as simple as can be: who is up, who is fresh, who has connections, where the traffic goes. */
interface World {
  readonly up: Set<string>;
  readonly fresh: Set<string>;
  readonly busy: Set<string>;
  readonly names: readonly string[];
  standIn: "up" | "down" | "none";
  route: Route;
}

const STAND_IN = "a.stand-in";

function routed({ names, route }: World): readonly string[] {
  if (route.type === "stand-in") return [STAND_IN];
  return names.filter((name) => route.type === "all" || name !== route.name);
}

function isUp(world: World, name: string): boolean {
  return name === STAND_IN ? world.standIn === "up" : world.up.has(name);
}

/** Whoever gets traffic and is up has connections from now on. */
function serve(world: World): void {
  for (const name of routed(world)) if (isUp(world, name)) world.busy.add(name);
}

/** The moments of a step: a restart is down before it is up. */
const MOMENTS: Readonly<
  Record<ReloadStep["type"], readonly ((world: World, step: ReloadStep) => void)[]>
> = {
  "start-stand-in": [(world) => (world.standIn = "up")],
  route: [(world, step) => (world.route = step.type === "route" ? step.to : world.route)],
  drain: [(world, step) => world.busy.delete(step.type === "drain" ? step.name : "")],
  restart: [
    (world, step) => end(world, step.type === "restart" ? step.name : ""),
    (world, step) => {
      const name = step.type === "restart" ? step.name : "";
      world.up.add(name);
      world.fresh.add(name);
    },
  ],
  "remove-stand-in": [
    (world) => {
      end(world, STAND_IN);
      world.standIn = "none";
    },
  ],
};

function end(world: World, name: string): void {
  expect([...world.busy].filter((busy) => busy === name)).toEqual([]);
  world.up.delete(name);
}

/** Carries out so many moments of the plan; tells whether all were. */
function carryOut(world: World, steps: readonly ReloadStep[], moments: number): void {
  const all = steps.flatMap((step) => MOMENTS[step.type].map((act) => () => act(world, step)));
  const hadTraffic = routed(world).some((name) => isUp(world, name));
  serve(world);
  for (const act of all.slice(0, moments)) {
    act();
    const answering = routed(world).some((name) => isUp(world, name));
    expect(answering || !hadTraffic).toBe(true);
    serve(world);
  }
}

function plan(world: World): readonly ReloadStep[] {
  return planReload({
    instances: world.names.map((name) => ({ name, isUp: world.up.has(name) })),
    standIn: world.standIn === "none" ? undefined : { isUp: world.standIn === "up" },
    hasProxy: true,
  }).steps;
}

const worlds = fc
  .record({
    downs: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
    standIn: fc.constantFrom("up" as const, "down" as const, "none" as const),
  })
  .map(({ downs, standIn }): World => {
    const names = downs.map((_, index) => String.fromCodePoint(97 + index));
    const up = new Set(names.filter((_, index) => downs[index] === false));
    const fresh = new Set<string>();
    return { names, up, fresh, busy: new Set(), standIn, route: { type: "all" } };
  });

it("somebody always answers, and nobody with connections is ended, however often the reloader dies", () => {
  fc.assert(
    fc.property(worlds, fc.array(fc.nat(20), { maxLength: 4 }), (world, deaths) => {
      for (const moments of deaths) carryOut(world, plan(world), moments);
      world.fresh.clear();
      carryOut(world, plan(world), Infinity);

      expect([...world.fresh].toSorted()).toEqual(world.names);
      expect(world.route).toEqual({ type: "all" });
      expect(world.standIn).toBe("none");
    }),
    { numRuns: 2000 },
  );
});

const situation = (ups: readonly boolean[], hasProxy: boolean) => ({
  instances: ups.map((up, index) => ({ name: `web-${index}`, isUp: up })),
  standIn: undefined,
  hasProxy,
});

it("one of several leaves the traffic, its connections end, it is restarted; then the next one", () => {
  const { promise, steps } = planReload(situation([true, true], true));

  expect(promise).toBe("no-request-fails");
  expect(steps).toEqual([
    { type: "route", to: { type: "without", name: "web-0" } },
    { type: "drain", name: "web-0" },
    { type: "restart", name: "web-0" },
    { type: "route", to: { type: "without", name: "web-1" } },
    { type: "drain", name: "web-1" },
    { type: "restart", name: "web-1" },
    { type: "route", to: { type: "all" } },
  ]);
});

it("what is down comes first", () => {
  const { steps } = planReload(situation([true, false], true));

  expect(steps.filter(({ type }) => type === "restart")).toEqual([
    { type: "restart", name: "web-1" },
    { type: "restart", name: "web-0" },
  ]);
});

it("a stand-in carries the traffic of a service that is alone", () => {
  const { promise, steps } = planReload(situation([true], true));

  expect(promise).toBe("no-request-fails");
  expect(steps.map(({ type }) => type)).toEqual([
    "start-stand-in",
    "route",
    "drain",
    "restart",
    "route",
    "drain",
    "remove-stand-in",
  ]);
});

it("without a proxy it says what can be promised", () => {
  expect(planReload(situation([true, true], false))).toEqual({
    promise: "one-at-a-time",
    steps: [
      { type: "restart", name: "web-0" },
      { type: "restart", name: "web-1" },
    ],
  });
  expect(planReload(situation([true], false)).promise).toBe("gap");
});
