import type { SagaDefinition } from "./definition.ts";

/** Why a saga turns back. */
export type SagaFailureReason = "step" | "timeout" | "cancelled" | "rejected";

/** A step that was done, and what came of it. */
export interface CompletedStep {
  readonly step: string;
  readonly result?: unknown;
  /** The artifact that holds a large result. */
  readonly result_file?: string;
}

/** What the events of sagas tell. Steps are named by their path: `book/hotel` is a step of the saga `book`. */
export type SagaEvents = {
  /** What is to be done, whole: whoever has the actions can carry it on from here. */
  saga_defined: {
    name: string;
    digest: string;
    definition: SagaDefinition;
    /** Nothing is called: the sequence is recorded, that is all. */
    dry_run?: true;
    /** It starts with these steps done, in another transaction, and undoes them. */
    undo?: { txn: string; completed: readonly CompletedStep[] };
  };
  /** An attempt begins; recorded before the action is called. */
  step_started: { step: string; attempt: number; key: string };
  /** A step is done and is never called again. A large result is an artifact, named by `result_file`. */
  step_completed: { step: string; attempt: number; result?: unknown; result_file?: string };
  /** An attempt failed; `retry_at` (milliseconds since the epoch) is there when another one follows. */
  step_failed: {
    step: string;
    attempt: number;
    error: string;
    /** `unknown`: it was interrupted, so that nobody knows whether it took effect. */
    outcome: "failed" | "unknown";
    retry_at?: number;
  };
  /** The saga turns back. `step` is absent when no step was the reason. */
  saga_failed: { step?: string; error: string; reason: SagaFailureReason };
  /** The undoing of a step begins; recorded before the compensation is called. */
  compensation_started: { step: string; attempt: number; key: string };
  compensation_completed: { step: string; attempt: number };
  compensation_failed: { step: string; attempt: number; error: string; retry_at?: number };
  /** Nothing more can be done without a person. */
  attention: { step: string; reason: string };
  /** A person looked after what needed attention: the steps are tried again, or taken as settled. */
  attention_resolved: {
    steps: readonly string[];
    how: "retry" | "settled";
    by: string;
    why: string;
  };
  approval_requested: { name: string; step: string; message?: string };
  approval_rejected: { name: string; by: string; why: string };
  /** Something the saga waits for has happened outside. */
  signal_received: { name: string; value?: unknown; by: string };
  /** A wait ends at `at` (milliseconds since the epoch), whatever happens in between. */
  timer_set: { name: string; at: number };
  cancel_requested: { by: string; why: string };
  /** An action's word on how far it is. */
  step_progress: { step: string; message: string; fraction?: number };
  /** This transaction undoes that one. */
  undo_of: { txn: string };
  /** That transaction undoes this one, which had been committed. */
  undone_by: { txn: string };
};
