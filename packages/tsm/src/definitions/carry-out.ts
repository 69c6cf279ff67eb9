import { isTetraError, type TetraError } from "@tetra/errors";
import type { Dependency, DependencyCondition } from "../care/service-care.ts";
import type { Step } from "./plan-up.ts";

/** What carrying a plan out takes. */
export interface CarryOutPorts {
  /** Starts a process and returns when it has settled, and is ready; `completed`: it has ended well. */
  start(name: string): Promise<void | "completed">;
  /** Stops a process and starts it as it is defined now. */
  restart(name: string): Promise<void | "completed">;
  /** Ends a service. */
  stop(name: string): Promise<void>;
  /** Returns when a process that runs, or ran, has come to this; rejects when it will not. */
  until(name: string, condition: DependencyCondition): Promise<void>;
  /** Told of each step when it is over. */
  report?(result: StepResult): void;
}

/** What came of a step. */
export interface StepResult {
  readonly name: string;
  readonly outcome:
    | "started"
    | "restarted"
    | "completed"
    | "stopped"
    | "unchanged"
    | "failed"
    | "skipped";
  /** Why it failed. */
  readonly error?: TetraError;
  /** What it waited for in vain, for one that was skipped. */
  readonly because?: string;
}

/**
 * Carries a plan out: first what is to be stopped, dependents before what they depend on, then the rest,
 * each as soon as what it depends on has come to what it waits for. What does not depend on each other
 * goes on at once. A failure keeps back only those that depend on it.
 * @returns what came of each step, in the order of the plan
 * @throws what is no `TetraError`: a mistake in the program
 */
export async function carryOut(
  steps: readonly Step[],
  ports: CarryOutPorts,
): Promise<readonly StepResult[]> {
  const stops = steps.filter(({ action }) => action === "stop");
  const starts = steps.filter(({ action }) => action !== "stop");
  const stopped = await inOrder(stops, (step, before) => stop(step, before, ports), dependentsOf);
  const started = await inOrder(starts, (step, before) => start(step, before, ports), needsOf);
  const results = new Map([...stopped, ...started].map((result) => [result.name, result]));
  return steps.flatMap(({ name }) => results.get(name) ?? []);
}

/** What a step waits for: what comes of those before it, as far as they are in the plan. */
type Before = ReadonlyMap<string, Promise<StepResult>>;

const DONE = {
  start: "started",
  restart: "restarted",
  stop: "stopped",
  unchanged: "unchanged",
} as const;

function needsOf({ dependsOn }: Step): readonly string[] {
  return dependsOn.map(({ name }) => name);
}

function dependentsOf({ name }: Step, steps: readonly Step[]): readonly string[] {
  return steps.filter((step) => needsOf(step).includes(name)).map((step) => step.name);
}

/** Begins every step once; each gets the promises of those that come before it. */
async function inOrder(
  steps: readonly Step[],
  work: (step: Step, before: Before) => Promise<StepResult>,
  beforeOf: (step: Step, steps: readonly Step[]) => readonly string[],
): Promise<readonly StepResult[]> {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const begun = new Map<string, Promise<StepResult>>();
  const opening = new Set<string>(); // what is there already may wait in a circle: nothing hangs for that
  const begin = (step: Step): Promise<StepResult> => {
    opening.add(step.name);
    const before = new Map<string, Promise<StepResult>>();
    for (const name of beforeOf(step, steps)) {
      const first = byName.get(name);
      if (first === undefined || opening.has(name)) continue;
      before.set(name, begun.get(name) ?? begin(first));
    }
    opening.delete(step.name);
    const promise = work(step, before);
    begun.set(step.name, promise);
    return promise;
  };
  return Promise.all(steps.map((step) => begun.get(step.name) ?? begin(step)));
}

async function stop(step: Step, before: Before, ports: CarryOutPorts): Promise<StepResult> {
  await Promise.all(before.values()); // also after a failure: what is to end ends
  return settled(step, ports, () => ports.stop(step.name));
}

async function start(step: Step, before: Before, ports: CarryOutPorts): Promise<StepResult> {
  if (step.action === "unchanged")
    return reported(ports, { name: step.name, outcome: "unchanged" });
  const missed = await Promise.all(
    step.dependsOn.map((need) => missing(need, before.get(need.name), ports)),
  );
  const because = missed.find((what) => what !== undefined);
  if (because !== undefined)
    return reported(ports, { name: step.name, outcome: "skipped", because });
  return settled(step, ports, () =>
    step.action === "restart" ? ports.restart(step.name) : ports.start(step.name),
  );
}

/** Waits for a dependency. Returns what is missing, in words, if it does not come to what it must. */
async function missing(
  { name, condition }: Dependency,
  before: Promise<StepResult> | undefined,
  ports: CarryOutPorts,
): Promise<string | undefined> {
  const result = await before;
  if (result?.outcome === "failed") return `${name} failed`;
  if (result?.outcome === "skipped") return `${name} was not started`;
  try {
    await ports.until(name, condition);
    return undefined;
  } catch (error) {
    if (!isTetraError(error)) throw error;
    return error.message;
  }
}

async function settled(
  { name, action }: Step,
  ports: CarryOutPorts,
  act: () => Promise<void | "completed">,
): Promise<StepResult> {
  try {
    return reported(ports, { name, outcome: (await act()) ?? DONE[action] });
  } catch (error) {
    if (!isTetraError(error)) throw error;
    return reported(ports, { name, outcome: "failed", error });
  }
}

function reported(ports: CarryOutPorts, result: StepResult): StepResult {
  ports.report?.(result);
  return result;
}
