import type { LeaseOptions, Runner } from "../ports.ts";
import { decide } from "./decide.ts";
import { type NewEvent, seal } from "./event.ts";
import { STANDARD } from "./stage.ts";
import { blankTransaction, evolve, type Transaction } from "./transaction.ts";

/**
 * What is appended when a runner takes the lease of a transaction: `lease_taken`, and behind it what the
 * runner decides. For stores; they make sure that nobody else holds it.
 */
export function takeLease(
  transaction: Transaction,
  { name, atMs }: Runner,
  { decide: further }: LeaseOptions = {},
): readonly NewEvent[] {
  const taking = decide(transaction, { type: "take-lease", runner: name, atMs }, STANDARD);
  if (further === undefined) return taking;
  const taken = seal(transaction.revision, taking).reduce(evolve, transaction);
  return [...taking, ...further(taken)];
}

/**
 * What a new transaction begins with whose lease is taken at once: its first events, and behind them
 * what {@link takeLease} gives.
 */
export function beginLeased(
  id: string,
  events: readonly NewEvent[],
  { runner, ...options }: LeaseOptions & { readonly runner: Runner },
): readonly NewEvent[] {
  const begun = seal(0, events).reduce(evolve, blankTransaction(id));
  return [...events, ...takeLease(begun, runner, options)];
}
