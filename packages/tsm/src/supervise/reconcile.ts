import type { Desire } from "../files/meta.ts";
import type { ServiceState } from "../run/observe.ts";
import { type Exit, isSuccess, type RestartPolicy } from "./restart-policy.ts";

// What reconciling keeps:
//
// R1. Each end of a run is counted once, by its generation, however often it is seen.
// R2. A start is asked for only when nothing runs, and names the run that was seen to have ended:
//     whoever carries it out looks again under the lock, and does nothing if there was another since.
// R3. What is wanted stopped is never started.
// R4. After giving up nothing happens until a person starts it: another generation.

/** What is remembered of a service between looks. A daemon that forgot it begins with the initial one. */
export interface Supervision {
  /** The last run whose end was counted; 0: none. */
  readonly countedGeneration: number;
  /** Failures in a row. */
  readonly failures: number;
  /** Waiting to start again: since when, and for how long. */
  readonly waiting?: { readonly sinceMs: number; readonly delayMs: number };
  /** No further start until a person asks for one; why. */
  readonly givenUp?: string;
}

/** Nothing is remembered. */
export const INITIAL_SUPERVISION: Supervision = { countedGeneration: 0, failures: 0 };

/** What came of a look, to be folded in. */
export type SupervisionEvent =
  /** A run ended; whether well, and whether it had been stable before. */
  | {
      readonly type: "run_ended";
      readonly generation: number;
      readonly failed: boolean;
      readonly wasStable: boolean;
    }
  /** The next start is due `delayMs` after `sinceMs`. */
  | { readonly type: "restart_scheduled"; readonly sinceMs: number; readonly delayMs: number }
  /** The next run is there, or none is wanted any more. */
  | { readonly type: "wait_over" }
  /** The limit of failures in a row was reached. */
  | { readonly type: "given_up"; readonly reason: string };

/** What somebody has to do, under the service's lock and after looking again. */
export type SupervisionAction =
  /** See `Services.revive`. */
  | { readonly type: "start"; readonly generation: number }
  /** See `Services.stop`: it runs and is not wanted. */
  | { readonly type: "stop"; readonly generation: number };

/** What to decide on. */
export interface ReconcileInput {
  readonly desired: {
    readonly desire: Desire;
    readonly generation: number;
    readonly policy: RestartPolicy;
  };
  readonly observed: {
    readonly state: ServiceState;
    readonly startedAtMs?: number;
    readonly endedAtMs?: number;
    readonly exit?: Exit;
  };
  readonly supervision: Supervision;
  readonly nowMs: number;
  /** Evenly from 0 up to, but not, 1. */
  readonly random: () => number;
}

/** What was decided. */
export interface Decision {
  readonly events: readonly SupervisionEvent[];
  readonly action?: SupervisionAction;
  /** When to look again though nothing has happened. */
  readonly wakeAtMs?: number;
}

/** Decides what a service needs, from what should be and what is. Pure. */
export function reconcile(input: ReconcileInput): Decision {
  const { desired, observed, supervision } = input;
  const { desire, generation } = desired;
  switch (observed.state) {
    case "online":
    case "starting":
      return { events: calmed(supervision) };
    case "stopping":
      // somebody began to stop it and may have died over it; who carries this out waits for the lock
      return { events: calmed(supervision), action: { type: "stop", generation } };
    case "stopped":
    case "crashed":
      return desire === "stopped" ? { events: calmed(supervision) } : afterEnd(input); // R3
  }
}

function calmed({ waiting }: Supervision): readonly SupervisionEvent[] {
  return waiting === undefined ? [] : [{ type: "wait_over" }];
}

function afterEnd(input: ReconcileInput): Decision {
  const { desired, supervision } = input;
  const counted = countEnd(input);
  const now = counted.reduce(evolve, supervision);
  if (now.givenUp !== undefined) return { events: counted }; // R4
  if (now.waiting === undefined) return { events: counted };
  const rebased = rebase(now.waiting, input.nowMs);
  const dueMs = (rebased ?? now.waiting).sinceMs + now.waiting.delayMs;
  const scheduled: readonly SupervisionEvent[] =
    rebased === undefined ? counted : [...counted, { type: "restart_scheduled", ...rebased }];
  if (dueMs > input.nowMs) return { events: scheduled, wakeAtMs: dueMs };
  // the wait is over when the next run is seen: if whoever starts it dies, it is asked for again
  return { events: scheduled, action: { type: "start", generation: desired.generation } }; // R2
}

/**
 * What to fold in when a start that was asked for was refused before it became a run (its folder or
 * program is gone, the disk is full): a failure like any other, with its wait and limit.
 */
export function startRefused(
  input: Pick<ReconcileInput, "desired" | "supervision" | "nowMs" | "random">,
): readonly SupervisionEvent[] {
  const { desired, supervision } = input;
  const refused: SupervisionEvent = {
    type: "run_ended",
    generation: desired.generation,
    failed: true,
    wasStable: false,
  };
  return [refused, afterFailures(input, evolve(supervision, refused).failures)];
}

/** The clock was set back: the wait begins anew, so that it does not last as long as the clock lies. */
function rebase(
  { sinceMs, delayMs }: NonNullable<Supervision["waiting"]>,
  nowMs: number,
): Supervision["waiting"] {
  return nowMs < sinceMs ? { sinceMs: nowMs, delayMs } : undefined;
}

function countEnd(input: ReconcileInput): readonly SupervisionEvent[] {
  const { desired, observed, supervision, nowMs } = input;
  const { generation, policy } = desired;
  if (supervision.countedGeneration >= generation) return []; // R1
  const exit = observed.exit ?? { code: null, signal: null };
  const failed = !isSuccess(policy, exit);
  const { startedAtMs, endedAtMs = nowMs } = observed;
  const wasStable = startedAtMs !== undefined && endedAtMs - startedAtMs >= policy.stableMs;
  const ended: SupervisionEvent = { type: "run_ended", generation, failed, wasStable };
  const { failures } = evolve(supervision, ended);

  const isWanted = policy.restart === "always" || (policy.restart === "on-failure" && failed);
  if (!isWanted) return [ended];
  return [ended, afterFailures(input, failures)];
}

function afterFailures(
  { desired: { policy }, nowMs, random }: Pick<ReconcileInput, "desired" | "nowMs" | "random">,
  failures: number,
): SupervisionEvent {
  if (failures > (policy.maxRestarts ?? Infinity)) {
    const reason = `failed ${failures} times in a row, ${policy.maxRestarts} restarts are allowed`;
    return { type: "given_up", reason };
  }
  return {
    type: "restart_scheduled",
    sinceMs: nowMs,
    delayMs: backoff(policy, failures, random()),
  };
}

/** The wait after so many failures in a row. */
function backoff(policy: RestartPolicy, failures: number, chance: number): number {
  const { backoffMs, maxBackoffMs, jitter } = policy;
  const whole = Math.min(maxBackoffMs, backoffMs * 2 ** Math.max(0, failures - 1));
  return Math.round(whole * (1 - jitter * chance));
}

/** Folds what came of a look in. */
export function evolve(supervision: Supervision, event: SupervisionEvent): Supervision {
  const { waiting: _over, ...rest } = supervision;
  switch (event.type) {
    case "run_ended": {
      const { givenUp: _before, ...counted } = rest; // R4: this is another run
      const inRow = event.wasStable ? 0 : supervision.failures;
      const failures = event.failed ? inRow + 1 : 0;
      return { ...counted, countedGeneration: event.generation, failures };
    }
    case "restart_scheduled":
      return { ...rest, waiting: { sinceMs: event.sinceMs, delayMs: event.delayMs } };
    case "wait_over":
      return rest;
    case "given_up":
      return { ...rest, givenUp: event.reason };
  }
}
