import type { Json } from "./json.ts";

/** How often and how long apart something that failed is tried again. */
export interface RetryPolicy {
  /** Attempts in all, the first included. At least 1. */
  readonly maxAttempts: number;
  /** The longest pause before the second attempt, in milliseconds. Default 200. */
  readonly firstMs?: number;
  /** By how much the longest pause grows each time. Default 2. */
  readonly factor?: number;
  /** What the longest pause never exceeds, in milliseconds. Default 30,000. */
  readonly maxMs?: number;
}

/** What undoes a step. */
export interface Compensation {
  /** Name of an action in the registry. */
  readonly action: string;
  /** What it gets. Default: the step's own data. May hold references (see `Reference`). */
  readonly data?: Json;
  /** Default: 5 attempts. */
  readonly retry?: RetryPolicy;
  /** The time that one attempt may take, in milliseconds. Default: no limit. */
  readonly timeoutMs?: number;
}

/** One call of one action. */
export interface ActionStep {
  readonly type: "step";
  readonly name: string;
  /** Who does it: an action registered for this agent (`agent:action`) goes before the general one. */
  readonly agent?: string;
  /** Name of an action in the registry. */
  readonly action: string;
  /** What the action gets. May hold references (see `Reference`). */
  readonly data?: Json;
  /** Absent: the step is skipped when the saga turns back. */
  readonly compensate?: Compensation;
  /** Default: one attempt before the pivot; after it, as for compensations. */
  readonly retry?: RetryPolicy;
  /** The time that one attempt may take, in milliseconds. Default: no limit. */
  readonly timeoutMs?: number;
  /** Once this step is done, the saga goes forward only. Not inside a parallel group. */
  readonly pivot?: boolean;
}

/** Steps that run at the same time. It is done when all are. */
export interface ParallelGroup {
  readonly type: "parallel";
  readonly name: string;
  readonly steps: readonly SagaNode[];
}

/** A saga as a step of another. */
export interface NestedSaga {
  readonly type: "saga";
  readonly name: string;
  readonly steps: readonly SagaNode[];
  /** The time that all of it may take, in milliseconds, from its first step on. Default: no limit. */
  readonly timeoutMs?: number;
}

/** Waits until a person allows the rest. */
export interface ApprovalStep {
  readonly type: "approval";
  readonly name: string;
  /** What the person is asked. */
  readonly message?: string;
  /** How long to wait, in milliseconds; then the saga turns back. Default: no limit. */
  readonly timeoutMs?: number;
}

/** Waits for a word from outside. */
export interface SignalStep {
  readonly type: "signal";
  readonly name: string;
  /** How long to wait, in milliseconds; then the saga turns back. Default: no limit. */
  readonly timeoutMs?: number;
}

/** Waits for a moment. Exactly one of the two times is given. */
export interface SleepStep {
  readonly type: "sleep";
  readonly name: string;
  /** How long, in milliseconds, from when the step is reached. */
  readonly forMs?: number;
  /** Until when, in milliseconds since the epoch; or a reference to such a number. */
  readonly until?: Json;
}

/** A place in a saga. */
export type SagaNode =
  | ActionStep
  | ParallelGroup
  | NestedSaga
  | ApprovalStep
  | SignalStep
  | SleepStep;

/**
 * A saga, whole and as plain JSON: it is recorded in the transaction's log, so that any process that has
 * the actions can carry it on.
 *
 * A step is known by its path: the names of what it is in and its own, joined by `/`.
 */
export interface SagaDefinition {
  readonly name: string;
  readonly steps: readonly SagaNode[];
  /** What the saga was started with. May hold secrets by reference, nothing else that is a reference. */
  readonly input?: Json;
  /** The time that all of it may take, in milliseconds; then it turns back. Default: no limit. */
  readonly timeoutMs?: number;
}
