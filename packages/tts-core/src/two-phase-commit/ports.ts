import type { Clock, Timer, TransactionStore } from "../ports.ts";
import type { LifecycleEvent } from "./lifecycle.ts";
import type { Branch } from "./participant.ts";

/** What a coordinator tells: the life of its transactions, and who keeps it waiting. */
export type TwoPhaseNotice =
  | LifecycleEvent
  /** A participant could not be told the decision; it is told again. */
  | {
      readonly type: "away";
      readonly id: string;
      readonly participant: string;
      readonly error: string;
      /** Since when (milliseconds since the epoch). */
      readonly sinceMs: number;
      /** How often it was tried by this process. */
      readonly attempts: number;
    }
  /** A participant could not say which branches wait there; it is asked again. */
  | { readonly type: "unreadable"; readonly participant: string; readonly error: string }
  /** A branch that nobody carried on was settled, or could not be. */
  | {
      readonly type: "orphan";
      readonly branch: Branch;
      readonly outcome: "committed" | "rolled_back" | "away" | "heuristic";
      readonly error?: string;
    };

/** What a coordinator works with. */
export interface TwoPhasePorts {
  readonly store: TransactionStore;
  readonly clock: Clock;
  readonly timer: Timer;
  /** From 0 up to, not including, 1: for the jitter of pauses. */
  readonly random: () => number;
  /** Its name in `lease_taken`. Default `two-phase-commit`. */
  readonly runner?: string;
  /** Is told what happens, right after it became durable. Must not throw. */
  readonly onEvent?: (notice: TwoPhaseNotice) => void;
}
