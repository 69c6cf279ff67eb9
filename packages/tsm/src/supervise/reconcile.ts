import type { Desire, Meta } from "../files/meta.ts";
import type { ServiceState } from "../run/observe.ts";
import { type Exit, isSuccess, type RestartPolicy } from "./restart-policy.ts";

// What reconciling keeps:
//
// R1. Each end of a run is counted once, by its generation, however often it is seen.
// R2. A start is asked for only when nothing runs, and names the run that was seen to have ended:
//     whoever carries it out looks again under the lock, and does nothing if there was another since.
// R3. What is wanted stopped is never started.
// R4. After giving up nothing happens until a person starts it: another generation.
// R5. A run is found wanting once, by its generation; if it then ends by itself, that is no second failure.
// R6. A restart whose stop was carried out and whose start was not (who did it died) is carried on,
//     whatever the policy says.

/** Why a run that lives is replaced by another. */
export type RestartReason = "unhealthy" | "memory" | "cron" | "watch";

/** What is the service's own fault counts as a failure: with a wait, and a limit. */
const IS_FAILURE: Readonly<Record<RestartReason, boolean>> = {
  unhealthy: true,
  memory: true,
  cron: false,
  watch: false,
};

/** What is remembered of a service between looks. A daemon that forgot it begins with the initial one. */
export interface Supervision {
  /** The last run whose end was counted; 0: none. */
  readonly countedGeneration: number;
  /** Failures in a row. */
  readonly failures: number;
  /** The last run that was found wanting while it lived: unhealthy, or too big. */
  readonly wantingGeneration?: number;
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
  /** A run that lives was found wanting. */
  | {
      readonly type: "found_wanting";
      readonly generation: number;
      readonly reason: RestartReason;
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
  /** See `Services.finishStop`: somebody began to stop it. */
  | { readonly type: "stop"; readonly generation: number }
  /** See `Services.renew`: it runs, and is to be replaced by another run. */
  | { readonly type: "restart"; readonly generation: number; readonly reason: RestartReason };

/** What should be. */
export interface Desired {
  readonly desire: Desire;
  readonly generation: number;
  readonly policy: RestartPolicy;
  /** The last run that somebody told to stop; -1 or absent: none. */
  readonly stoppedGeneration?: number;
}

/** What should be, as it is written. */
export function desiredOf(
  meta: Pick<Meta, "desired" | "generation" | "restart_policy" | "stopped_generation">,
): Desired {
  const { desired: desire, generation, restart_policy: policy } = meta;
  return { desire, generation, policy, stoppedGeneration: meta.stopped_generation };
}

/** What to decide on. */
export interface ReconcileInput {
  readonly desired: Desired;
  readonly observed: {
    readonly state: ServiceState;
    readonly startedAtMs?: number;
    readonly endedAtMs?: number;
    readonly exit?: Exit;
  };
  readonly supervision: Supervision;
  /** Why a run should be replaced, and which: of one that lives no more it means nothing. */
  readonly restart?: { readonly generation: number; readonly reason: RestartReason };
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
      return whileUp(input);
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

function whileUp(input: ReconcileInput): Decision {
  const { desired, supervision, restart } = input;
  const { generation, desire } = desired;
  if (restart?.generation !== generation || desire === "stopped") {
    return { events: calmed(supervision) };
  }
  const { reason } = restart;
  const action = { type: "restart", generation, reason } as const;
  if (!IS_FAILURE[reason]) return { events: calmed(supervision), action };
  return whenDue(input, countWanting(input, reason), action);
}

function countWanting(input: ReconcileInput, reason: RestartReason): readonly SupervisionEvent[] {
  const { desired, observed, supervision, nowMs } = input;
  const { generation, policy } = desired;
  // it was healthy for a while in between, and is not any more
  const isKnown = supervision.wantingGeneration === generation;
  if (isKnown && (supervision.waiting ?? supervision.givenUp) !== undefined) return [];
  const wasStable = isStable(policy, observed.startedAtMs, nowMs);
  const found: SupervisionEvent = { type: "found_wanting", generation, reason, wasStable };
  return [found, afterFailures(input, evolve(supervision, found).failures)];
}

function isStable(policy: RestartPolicy, startedAtMs: number | undefined, nowMs: number): boolean {
  return startedAtMs !== undefined && nowMs - startedAtMs >= policy.stableMs;
}

function afterEnd(input: ReconcileInput): Decision {
  const { desired, supervision } = input;
  const { generation, stoppedGeneration } = desired;
  const isCounted = supervision.countedGeneration >= generation;
  const start = { type: "start", generation } as const; // R2
  if (stoppedGeneration === generation && !isCounted) return { events: [], action: start }; // R6
  return whenDue(input, countEnd(input), start);
}

/**
 * The action once its wait is over. The wait itself is over when the next run is seen: if whoever acts
 * dies, the action is asked for again.
 */
function whenDue(
  { supervision, nowMs }: ReconcileInput,
  counted: readonly SupervisionEvent[],
  action: SupervisionAction,
): Decision {
  const { givenUp, waiting } = counted.reduce(evolve, supervision);
  if (givenUp !== undefined) return { events: counted }; // R4
  if (waiting === undefined) return { events: counted };
  const rebased = rebase(waiting, nowMs);
  const dueMs = (rebased ?? waiting).sinceMs + waiting.delayMs;
  const events: readonly SupervisionEvent[] =
    rebased === undefined ? counted : [...counted, { type: "restart_scheduled", ...rebased }];
  return dueMs > nowMs ? { events, wakeAtMs: dueMs } : { events, action };
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
  const wasStable = isStable(policy, observed.startedAtMs, observed.endedAtMs ?? nowMs);
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
      const isSecond = supervision.wantingGeneration === event.generation; // R5
      const failures = event.failed
        ? rowBefore(supervision, event.wasStable && !isSecond) + (isSecond ? 0 : 1)
        : 0;
      return { ...counted, countedGeneration: event.generation, failures };
    }
    case "found_wanting": {
      const { givenUp: _before, ...counted } = rest;
      const failures = rowBefore(supervision, event.wasStable) + 1;
      return { ...counted, wantingGeneration: event.generation, failures };
    }
    case "restart_scheduled":
      return { ...rest, waiting: { sinceMs: event.sinceMs, delayMs: event.delayMs } };
    case "wait_over":
      return rest;
    case "given_up":
      return { ...rest, givenUp: event.reason };
  }
}

/** The failures in a row so far; a stable run and a person's start begin a new row. */
function rowBefore({ failures, givenUp }: Supervision, wasStable: boolean): number {
  return wasStable || givenUp !== undefined ? 0 : failures;
}
