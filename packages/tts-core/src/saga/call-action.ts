import { isTetraError } from "@tetra/errors";
import type { Clock, Timer } from "../ports.ts";
import type { Action, ActionCall } from "./action.ts";
import { type StopSwitch, stopSwitch } from "./stop-switch.ts";
import { timedOut } from "./turning-back.ts";

/** How a call ended. */
export type CallEnd =
  | { readonly type: "completed"; readonly result: unknown }
  /** It threw by itself. */
  | { readonly type: "failed"; readonly error: unknown }
  /**
   * It was interrupted and did not complete, or threw `OUTCOME_UNKNOWN`: nobody knows whether it took
   * effect.
   */
  | { readonly type: "interrupted"; readonly error: unknown };

/** What calls are made with. */
export interface CallPorts {
  readonly clock: Clock;
  readonly timer: Timer;
  /** How long a call that was told to stop may take to do so, in milliseconds. */
  readonly graceMs: number;
}

/** A call to make. */
export interface ActionOrder {
  readonly action: Action;
  readonly call: ActionCall;
  /** Interrupts it; its signal is the call's. */
  readonly interruption: StopSwitch;
  readonly timeoutMs: number | undefined;
}

/** What the timers of a call are stopped with. */
const OVER = new Error("the call is over");

/**
 * Calls an action and waits for it, but no longer than `graceMs` once it was interrupted: from outside,
 * or because its time is over. A call that completes all the same has completed; one that was
 * interrupted before it began is not made.
 */
export async function callAction(
  order: ActionOrder,
  { clock, timer, graceMs }: CallPorts,
): Promise<CallEnd> {
  const { interruption, timeoutMs } = order;
  if (interruption.reason !== undefined) return { type: "failed", error: interruption.reason };
  const over = stopSwitch();
  const after = async (ms: number, act: () => void): Promise<void> => {
    await timer.until(clock.now() + ms, over.signal);
    if (over.reason === undefined) act();
  };
  const gaveUp = new Promise<CallEnd>((resolve) => {
    const giveUp = (): void => resolve({ type: "interrupted", error: interruption.reason });
    interruption.onStop(() => void after(graceMs, giveUp));
  });
  if (timeoutMs !== undefined) {
    void after(timeoutMs, () => interruption.stop(new Error(timedOut(timeoutMs))));
  }
  try {
    return await Promise.race([answer(order), gaveUp]);
  } finally {
    over.stop(OVER);
  }
}

async function answer({ action, call, interruption }: ActionOrder): Promise<CallEnd> {
  try {
    return { type: "completed", result: await action(call) };
  } catch (error) {
    if (interruption.reason === undefined) {
      return { type: isTetraError(error, "OUTCOME_UNKNOWN") ? "interrupted" : "failed", error };
    }
    return { type: "interrupted", error: interruption.reason };
  }
}

/** What an error says, in one line that is fit for a log. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [first = ""] = text.trim().split("\n");
  return first === "" ? "failed without a word" : first.slice(0, MOST_ERROR_TEXT);
}

const MOST_ERROR_TEXT = 2000;
