import type { SagaDefinition } from "./definition.ts";
import type { SagaFailureReason } from "./saga-event.ts";
import type { StepStates } from "./step-states.ts";

/** How far something that is called has come, be it an action or what undoes it. */
export type CallStatus =
  /** An attempt was recorded as begun; whether it runs, only its runner knows. */
  | "running"
  /** It failed and is tried again at `retryAtMs`. */
  | "retrying"
  | "completed"
  /** It failed for good. */
  | "failed"
  /** A person has seen to it. */
  | "settled";

/** The calls of an action, or of what undoes it. */
export interface Calls {
  readonly status: CallStatus;
  /** Attempts begun. */
  readonly attempts: number;
  /** Attempts that failed since the last time a person looked after it: these use up the retries. */
  readonly failures: number;
  /** When the first attempt began (milliseconds since the epoch). */
  readonly startedMs: number;
  /** When the last attempt ended. */
  readonly endedMs?: number;
  readonly retryAtMs?: number;
  readonly error?: string;
  /** Some attempt was interrupted: it may have taken effect. */
  readonly uncertain?: boolean;
}

/** What is known of a step. */
export interface StepState extends Calls {
  readonly result?: unknown;
  /** The artifact that holds a large result. */
  readonly resultFile?: string;
  /** The calls of its compensation. */
  readonly undo?: Calls;
  /** What the action last said. */
  readonly progress?: { readonly message: string; readonly fraction?: number };
}

/** Why the saga turned back. */
export interface SagaFailure {
  /** The step that was the reason, if one was. */
  readonly step?: string;
  readonly error: string;
  readonly reason: SagaFailureReason;
  readonly atMs: number;
}

/** A person's word: who and why. */
export interface Word {
  readonly by: string;
  readonly why: string;
}

/** A saga as its transaction's log tells it. */
export interface SagaState {
  readonly definition: SagaDefinition;
  /** The digest of the definition it was started with. */
  readonly digest: string;
  readonly startedMs: number;
  readonly isDryRun: boolean;
  /** The transaction that this one undoes. */
  readonly undoes?: string;
  /** The transaction that undoes this one. */
  readonly undoneBy?: string;
  /** Every step that was reached, by path. */
  readonly steps: StepStates;
  readonly failure?: SagaFailure;
  readonly cancelled?: Word;
  /** Paths of approval steps, and who allowed them. */
  readonly approved: ReadonlyMap<string, Word>;
  readonly rejected: ReadonlyMap<string, Word>;
  /** Paths of signal steps, and what came. */
  readonly signals: ReadonlyMap<string, unknown>;
  /** When sleeps end, by path (milliseconds since the epoch). */
  readonly timers: ReadonlyMap<string, number>;
  /** What needs a person, by path of the step, and why. */
  readonly attention: ReadonlyMap<string, string>;
  /** How the transaction ended; absent while it is open. */
  readonly ended?: "done" | "failed";
}
