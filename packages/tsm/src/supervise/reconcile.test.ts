import fc from "fast-check";
import { expect, it } from "vitest";
import type { Desire } from "../files/meta.ts";
import type { ServiceState } from "../run/observe.ts";
import {
  evolve,
  INITIAL_SUPERVISION,
  reconcile,
  type ReconcileInput,
  type RestartReason,
  startRefused,
  type Supervision,
  type SupervisionAction,
} from "./reconcile.ts";
import { DEFAULT_POLICY, type Exit, type RestartPolicy } from "./restart-policy.ts";

const POLICY: RestartPolicy = { ...DEFAULT_POLICY, restart: "on-failure", jitter: 0 };
const FAILED: Exit = { code: 1, signal: null };
const WELL: Exit = { code: 0, signal: null };

interface Look {
  readonly desire?: Desire;
  readonly generation?: number;
  readonly policy?: Partial<RestartPolicy>;
  readonly state?: ServiceState;
  readonly exit?: Exit;
  readonly ranMs?: number;
  readonly supervision?: Supervision;
  readonly nowMs?: number;
  readonly restart?: RestartReason;
  readonly stoppedGeneration?: number;
}

function inputOf(look: Look): ReconcileInput {
  const {
    desire = "online",
    generation = 1,
    state = "crashed",
    exit = FAILED,
    nowMs = 1000,
  } = look;
  const { ranMs = 0, supervision = INITIAL_SUPERVISION, policy = {} } = look;
  const { restart: reason, stoppedGeneration = -1 } = look;
  return {
    desired: { desire, generation, policy: { ...POLICY, ...policy }, stoppedGeneration },
    observed: { state, exit, startedAtMs: nowMs - ranMs, endedAtMs: nowMs },
    supervision,
    ...(reason === undefined ? {} : { restart: { generation, reason } }),
    nowMs,
    random: () => 0.5,
  };
}

const after = (input: ReconcileInput): Supervision =>
  reconcile(input).events.reduce(evolve, input.supervision);

it.each<[restart: RestartPolicy["restart"], exit: Exit, waits: boolean]>([
  ["no", FAILED, false],
  ["no", WELL, false],
  ["on-failure", FAILED, true],
  ["on-failure", WELL, false],
  ["on-failure", { code: null, signal: "SIGKILL" }, true],
  ["on-failure", { code: null, signal: null, reason: "nobody saw" }, true],
  ["always", FAILED, true],
  ["always", WELL, true],
])("policy %s after %o: restarts %s", (restart, exit, waits) => {
  expect(after(inputOf({ policy: { restart }, exit })).waiting !== undefined).toBe(waits);
});

it("codes and signals may count as success", () => {
  const policy = { successCodes: [0, 42], successSignals: ["SIGTERM"] };

  expect(after(inputOf({ policy, exit: { code: 42, signal: null } })).waiting).toBeUndefined();
  expect(
    after(inputOf({ policy, exit: { code: null, signal: "SIGTERM" } })).waiting,
  ).toBeUndefined();
});

it("waits twice as long with each failure in a row, up to the limit, less by chance", () => {
  const delays = [1, 2, 3, 4, 5].map((failures) => {
    const supervision = { countedGeneration: 0, failures: failures - 1 };
    const policy = { backoffMs: 100, maxBackoffMs: 1000, jitter: 0.5 };
    return after(inputOf({ supervision, policy })).waiting?.delayMs;
  });

  expect(delays).toEqual([75, 150, 300, 600, 750]);
});

it("starts when the wait is over, and asks again until another run is seen", () => {
  const supervision = after(inputOf({ nowMs: 1000 }));

  expect(reconcile(inputOf({ supervision, nowMs: 1099 }))).toEqual({ events: [], wakeAtMs: 1100 });
  const due = inputOf({ supervision, nowMs: 1100 });
  expect(reconcile(due).action).toEqual({ type: "start", generation: 1 });
  expect(reconcile({ ...due, supervision: after(due) }).action).toEqual({
    type: "start",
    generation: 1,
  });
  expect(after(inputOf({ supervision, state: "online", generation: 2 })).waiting).toBeUndefined();
});

it("a stable run ends the row of failures", () => {
  const supervision = { countedGeneration: 0, failures: 9 };

  expect(after(inputOf({ supervision, ranMs: 10_000 })).failures).toBe(1);
  expect(after(inputOf({ supervision, ranMs: 9999 })).failures).toBe(10);
});

it("gives up past the limit, says why, and a person's start begins anew", () => {
  const supervision = after(
    inputOf({ supervision: { countedGeneration: 0, failures: 3 }, policy: { maxRestarts: 3 } }),
  );

  expect(supervision.givenUp).toContain("4 times in a row");
  expect(reconcile(inputOf({ supervision, nowMs: 1e9 }))).toEqual({ events: [] });
  const next = after(
    inputOf({ supervision, generation: 2, ranMs: 20_000, policy: { maxRestarts: 3 } }),
  );
  expect(next).toMatchObject({ failures: 1, waiting: {} });
  expect(next.givenUp).toBeUndefined();
});

it("a start that is refused counts as a failure", () => {
  const input = inputOf({ policy: { maxRestarts: 1 } });
  const refuse = (supervision: Supervision): Supervision =>
    startRefused({ ...input, supervision }).reduce(evolve, supervision);

  const once = refuse(INITIAL_SUPERVISION);
  expect(once).toMatchObject({ failures: 1, waiting: { delayMs: 100 } });
  expect(refuse(once).givenUp).toBeDefined();
});

it("a clock that is set back does not make the wait longer", () => {
  const supervision = after(inputOf({ nowMs: 1e9 }));

  expect(reconcile(inputOf({ supervision, nowMs: 1000 })).wakeAtMs).toBe(1100);
});

it("what is not wanted is stopped if it runs, and never started", () => {
  expect(reconcile(inputOf({ desire: "stopped", state: "stopping" })).action?.type).toBe("stop");
  expect(reconcile(inputOf({ desire: "stopped" })).action).toBeUndefined();
});

it.each(["cron", "watch"] as const)(
  "%s: another run follows at once, and nothing failed",
  (reason) => {
    const input = inputOf({ state: "online", restart: reason });

    expect(reconcile(input)).toEqual({
      events: [],
      action: { type: "restart", generation: 1, reason },
    });
  },
);

it.each(["unhealthy", "memory"] as const)("%s: a failure, with a wait and a limit", (reason) => {
  const policy = { maxRestarts: 1, restart: "no" } as const;
  const first = inputOf({ state: "online", restart: reason, policy });
  const supervision = after(first);

  expect(reconcile(first)).toMatchObject({ wakeAtMs: 1100 });
  expect(supervision).toMatchObject({ failures: 1, waiting: { delayMs: 100 } });
  const due = inputOf({ state: "online", restart: reason, policy, supervision, nowMs: 1100 });
  expect(reconcile(due).action).toEqual({ type: "restart", generation: 1, reason });
  const again = { state: "online", restart: reason, policy, generation: 2 } as const;
  const next = after(inputOf({ ...again, supervision }));
  expect(next.givenUp).toContain("2 times in a row");
  expect(reconcile(inputOf({ ...again, supervision: next }))).toEqual({ events: [] });
});

it("what got well while it was waited for is left alone", () => {
  const supervision = after(inputOf({ state: "online", restart: "unhealthy" }));

  const well = inputOf({ state: "online", supervision, nowMs: 5000 });
  expect(reconcile(well)).toEqual({ events: [{ type: "wait_over" }] });
});

it("a run that was found wanting and then ends has failed once", () => {
  const wanting = after(inputOf({ state: "online", restart: "memory" }));
  const ended = after(inputOf({ state: "crashed", supervision: wanting }));

  expect(ended).toMatchObject({ failures: 1, countedGeneration: 1, waiting: { delayMs: 100 } });
});

it("a verdict about another run, or about one that is not wanted, means nothing", () => {
  const input = inputOf({ state: "online", generation: 2, restart: "cron" });

  expect(
    reconcile({ ...input, restart: { generation: 1, reason: "cron" } }).action,
  ).toBeUndefined();
  expect(
    reconcile(inputOf({ state: "online", desire: "stopped", restart: "cron" })).action,
  ).toBeUndefined();
});

it("a restart whose author died after the stop is carried on, whatever the policy says", () => {
  const input = inputOf({ policy: { restart: "no" }, stoppedGeneration: 1, exit: WELL });

  expect(reconcile(input)).toEqual({ events: [], action: { type: "start", generation: 1 } });
  const refused = startRefused(input).reduce(evolve, INITIAL_SUPERVISION);
  expect(reconcile({ ...input, supervision: refused }).wakeAtMs).toBe(1100); // not at once again
});

// A machine with one service: what really runs, and what is written.
interface World {
  live: number[]; // generations with a living process
  generation: number;
  desire: Desire;
  exit: Exit;
  startedAtMs: number;
  endedAtMs: number;
  nowMs: number;
  supervision: Supervision;
  stoppedGeneration: number; // told to stop
  verdict: RestartReason | undefined; // of probes, limits and schedules, about what lives
  pending: SupervisionAction[]; // decided, not carried out yet
}

type Step =
  | {
      readonly type:
        | "look"
        | "act"
        | "act-and-die"
        | "person-start"
        | "person-stop"
        | "person-restart"
        | "person-restart-and-die"
        | "daemon-dies";
    }
  | { readonly type: "verdict"; readonly verdict: RestartReason | undefined }
  | { readonly type: "service-ends"; readonly code: number }
  | { readonly type: "time"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Step>({ type: "look" }) },
  { weight: 4, arbitrary: fc.constant<Step>({ type: "act" }) },
  fc.constantFrom<Step>(
    { type: "act-and-die" },
    { type: "person-start" },
    { type: "person-stop" },
    { type: "person-restart" },
    { type: "person-restart-and-die" },
    { type: "daemon-dies" },
  ),
  fc.record({
    type: fc.constant("verdict" as const),
    verdict: fc.constantFrom("unhealthy", "memory", "cron", "watch", undefined),
  }),
  fc.record({ type: fc.constant("service-ends" as const), code: fc.constantFrom(0, 1) }),
  fc.record({ type: fc.constant("time" as const), ms: fc.integer({ min: -5000, max: 20_000 }) }),
);

const policyArbitrary: fc.Arbitrary<RestartPolicy> = fc
  .record({
    restart: fc.constantFrom("no", "on-failure", "always"),
    maxRestarts: fc.integer({ min: 0, max: 4 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map((some) => Object.assign({}, POLICY, some));

function lookAt(world: World, policy: RestartPolicy): ReconcileInput {
  const { generation, desire, supervision, nowMs, live, exit, startedAtMs, endedAtMs } = world;
  const { stoppedGeneration, verdict: reason } = world;
  const lives = live.includes(generation);
  const down = generation === 0 || exit.code === 0 ? "stopped" : "crashed";
  const state: ServiceState = lives ? (desire === "online" ? "online" : "stopping") : down;
  return {
    desired: { desire, generation, policy, stoppedGeneration },
    ...(reason === undefined ? {} : { restart: { generation, reason } }),
    observed: lives ? { state, startedAtMs } : { state, exit, startedAtMs, endedAtMs },
    supervision,
    nowMs,
    random: () => 0.3,
  };
}

function mustHold(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken: ${what}`);
}

/** What `revive`, `renew`, `start` and `stop` do under the lock, after looking again. */
function begin(world: World): void {
  mustHold(world.live.length === 0, "at most one living process, ever");
  world.verdict = undefined;
  world.generation += 1;
  world.live = [world.generation];
  world.startedAtMs = world.nowMs;
}

function end(world: World, exit: Exit): void {
  world.live = [];
  world.exit = exit;
  world.endedAtMs = world.nowMs;
}

function carryOut(world: World): void {
  const action = world.pending.shift();
  if (action === undefined) return;
  if (action.type === "stop") {
    if (world.desire === "stopped" && world.live.length > 0) end(world, WELL);
    return;
  }
  const isDue = action.generation === world.generation && world.desire === "online";
  if (!isDue) return;
  const isUp = world.live.length > 0;
  if (action.type === "restart" && isUp) stopToRestart(world);
  if (isUp === (action.type === "restart")) begin(world);
}

function stopToRestart(world: World): void {
  if (world.live.length === 0) return;
  world.stoppedGeneration = world.generation;
  end(world, WELL);
}

function superviseOnce(world: World, policy: RestartPolicy): void {
  const input = lookAt(world, policy);
  const { events, action } = reconcile(input);
  world.supervision = events.reduce(evolve, world.supervision);
  if (action === undefined) return;
  mustHold(action.generation === world.generation, "an action names the run that was seen");
  const isCarriedOn = world.stoppedGeneration === world.generation;
  const mayStart =
    world.desire === "online" &&
    world.live.length === 0 &&
    (policy.restart !== "no" || isCarriedOn);
  mustHold(action.type !== "start" || mayStart, "R2 and R3");
  const mayRestart = world.desire === "online" && world.live.length === 1;
  mustHold(action.type !== "restart" || mayRestart, "only what lives and is wanted is replaced");
  world.pending.push(action);
}

function take(world: World, next: Step, policy: RestartPolicy): void {
  switch (next.type) {
    case "look":
      superviseOnce(world, policy);
      break;
    case "act":
      carryOut(world);
      break;
    case "act-and-die":
    case "daemon-dies":
      if (next.type === "act-and-die") carryOut(world);
      world.pending = [];
      world.supervision = INITIAL_SUPERVISION;
      break;
    case "person-start":
      world.desire = "online";
      if (world.live.length === 0) begin(world);
      break;
    case "person-stop":
      world.desire = "stopped";
      stopToRestart(world);
      break;
    case "person-restart":
    case "person-restart-and-die":
      if (world.generation === 0) break;
      stopToRestart(world);
      world.desire = "online";
      if (next.type === "person-restart") begin(world);
      break;
    case "verdict":
      world.verdict = world.live.length > 0 ? next.verdict : undefined;
      break;
    case "service-ends":
      if (world.live.length > 0) end(world, { code: next.code, signal: null });
      break;
    case "time":
      world.nowMs += next.ms;
      break;
  }
}

const newWorld = (): World => ({
  live: [],
  generation: 0,
  desire: "stopped",
  exit: WELL,
  startedAtMs: 0,
  endedAtMs: 0,
  nowMs: 1e6,
  supervision: INITIAL_SUPERVISION,
  stoppedGeneration: -1,
  verdict: undefined,
  pending: [],
});

it("whatever happens in whatever order: one process at most, and in the end what is wanted or given up", () => {
  fc.assert(
    fc.property(policyArbitrary, fc.array(step, { maxLength: 60 }), (policy, steps) => {
      const world = newWorld();
      for (const next of steps) take(world, next, policy);

      // left in peace, with the service dying no more, it settles
      for (let round = 0; round < 6; round += 1) {
        superviseOnce(world, policy);
        carryOut(world);
        world.nowMs += policy.maxBackoffMs;
      }
      const { exit, desire, live, supervision } = world;
      const failed = exit.code !== 0;
      const isCarriedOn = world.stoppedGeneration === world.generation;
      const restarts =
        policy.restart === "always" || (policy.restart === "on-failure" && failed) || isCarriedOn;
      const isUp = live.length === 1;
      const shouldBeUp =
        desire === "online" && (isUp || (restarts && supervision.givenUp === undefined));
      expect(isUp).toBe(shouldBeUp);
      expect(live.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 2000 },
  );
});
