/* oxlint-disable promise/valid-params -- this catch is zod's, not a promise's */
import { TetraError } from "@tetra/errors";
import * as z from "zod/mini";
import type { TtsErrorCode } from "../errors.ts";
import type { Json } from "../saga/json.ts";
import { parseInstant } from "../time.ts";

/** The states of the original. */
export const TRANSACTION_STATES = [
  "pending",
  "active",
  "committed",
  "rolled_back",
  "failed",
] as const;

/** A state of the original. */
export type TransactionState = (typeof TRANSACTION_STATES)[number];

/** A step, keys as in the original's files. */
export interface TransactionStep {
  readonly step_id: string;
  /** Who does it; a handler registered as `agent:action` goes before the general one. */
  readonly agent_id: string;
  readonly action: string;
  readonly data: Readonly<Record<string, Json>>;
  /** The action that undoes it; it gets the step's own data. */
  readonly compensating_action: string | null;
}

/** A transaction, keys as in the original's files. */
export interface TransactionRecord {
  readonly transaction_id: string;
  readonly steps: readonly TransactionStep[];
  readonly state: TransactionState;
  /** UTC instant, RFC 3339. */
  readonly created_at: string;
  /** From `created_at` on; looked at once, when it is committed. Zero and negative ones are over. */
  readonly timeout_seconds: number;
}

/** How a commit or a rollback ended. */
export interface TransactionResult {
  readonly transaction_id: string;
  readonly state: TransactionState;
  /**
   * Ids of steps, as the original lists them: in order when it was committed, in reverse order when it
   * was rolled back (steps that could not be undone included), none when it timed out.
   */
  readonly completed_steps: readonly string[];
  readonly failed_step: string | null;
  readonly error: string | null;
  /** Ids of the steps whose compensation succeeded. Not in the original. */
  readonly compensated_steps: readonly string[];
  /** What could not be undone and needs a person. Not in the original, which swallowed it. */
  readonly attention: readonly { readonly step_id: string; readonly reason: string }[];
}

const json: z.ZodMiniType<Record<string, Json>> = z.record(z.string(), z.json());

// what is missing gets the value that the original's models give it
// oxlint-disable-next-line eslint/no-underscore-dangle -- zod/mini's own name
const { _default: orElse } = z;

const step: z.ZodMiniType<TransactionStep> = z.object({
  step_id: z.string().check(z.minLength(1)),
  agent_id: z.string(),
  action: z.string(),
  data: orElse(json, {}),
  compensating_action: orElse(z.nullable(z.string()), null),
});

const transaction: z.ZodMiniType<TransactionRecord> = z.object({
  transaction_id: z.string().check(z.minLength(1)),
  steps: orElse(z.array(step), []),
  state: orElse(z.enum(TRANSACTION_STATES), "pending"),
  created_at: z.string().check(z.refine((at) => parseInstant(at) !== undefined)),
  timeout_seconds: orElse(z.int(), 60),
});

/**
 * Reads a transaction of the original. What its models make up for, when it is missing, is made up for.
 * @throws TetraError `INVALID_INPUT`, which names the field.
 */
export function parseTransaction(value: unknown, where: string): TransactionRecord {
  const result = transaction.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join(".") ?? "";
  throw new TetraError<TtsErrorCode>(
    "INVALID_INPUT",
    `${where}: not a transaction${field === "" ? "" : `: ${field} is not what it must be`}`,
    { hint: "give a transaction as the original writes it", details: { where, field } },
  );
}

/**
 * Reads the original's state file: a JSON list of transactions.
 * @throws TetraError `INVALID_INPUT`, which names the entry and the field.
 */
export function parseTransactions(text: string, where: string): readonly TransactionRecord[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TetraError<TtsErrorCode>("INVALID_INPUT", `${where}: not JSON`, {
      hint: "give the file that the original wrote",
      details: { where },
      cause,
    });
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((entry, at) => parseTransaction(entry, `${where}: entry ${at + 1}`));
}

/** The text of the original's state file. */
export function formatTransactions(transactions: readonly TransactionRecord[]): string {
  return JSON.stringify(transactions, undefined, 2);
}
