/* oxlint-disable promise/valid-params -- this catch is zod's, not a promise's */
import * as z from "zod/mini";

/**
 * What `state.json` holds, keys as the standard writes them. Unknown keys are other writers' and
 * survive every change.
 */
export interface TransactionState {
  readonly txn_id: string;
  readonly description: string;
  readonly stage: string;
  /** Where the change happens: a symbol such as `@staging`. `null` in foreign files only. */
  readonly target: string | null;
  /** Starts at 1; raised by every move back to an earlier working stage. */
  readonly iteration: number;
  /** Who carries it out: `human`, `cron`, the name of an agent. */
  readonly agent: string;
  /** Digest of `ctx/` when it was last computed. */
  readonly ctx_digest: string | null;
  /** UTC instant of the last change, RFC 3339 with seconds. */
  readonly last_checkpoint: string;
  readonly last_error: string | null;
  /** What the target resolved to; usable as an ssh destination. */
  readonly tes_plan?: string;
  readonly [field: string]: unknown;
}

/** A state before anything is known: the start of every fold. */
export function blankState(id: string): TransactionState {
  return {
    txn_id: id,
    description: "",
    stage: "",
    target: null,
    iteration: 1,
    agent: "human",
    ctx_digest: null,
    last_checkpoint: "",
    last_error: null,
  };
}

// what other tools wrote: each field is taken when it has the right shape, else as it would be blank
const foreignState = z.looseObject({
  txn_id: z.catch(z.string(), ""),
  description: z.catch(z.string(), ""),
  stage: z.catch(z.string(), ""),
  target: z.catch(z.nullable(z.string()), null),
  iteration: z.catch(z.int(), 1),
  agent: z.catch(z.string(), "human"),
  ctx_digest: z.catch(z.nullable(z.string()), null),
  last_checkpoint: z.catch(z.string(), ""),
  last_error: z.catch(z.nullable(z.string()), null),
  tes_plan: z.exactOptional(z.catch(z.string(), "")),
});

/**
 * A state from an object of which nothing is known; what does not fit the standard is left blank. Keys
 * keep their order.
 */
export function normalizeState(
  fields: Readonly<Record<string, unknown>>,
  id: string,
): TransactionState {
  const merged: TransactionState = { ...fields, ...foreignState.parse(fields), txn_id: id };
  // zod leaves `__proto__` out, and so must we: assigning it would not make a field
  const { revision: _ours, ["__proto__"]: _never, ...state } = merged;
  return state;
}

/** `state.json` as it was read: the state, and the revision it was written at when we wrote it. */
export interface StoredState {
  readonly state: TransactionState;
  /** Absent: no writer of ours has ever written this file. */
  readonly revision: number | undefined;
}

/** The text of `state.json`: two-space indent and a newline, `revision` after everything else. */
export function formatState(state: TransactionState, revision: number): string {
  const { revision: _replaced, ...fields } = state;
  return `${JSON.stringify({ ...fields, revision }, undefined, 2)}\n`;
}

/** Reads the text of a `state.json`; `undefined` when it is empty or not a JSON object. */
export function parseState(text: string, id: string): StoredState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // the log is the only truth then
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const revision = "revision" in value ? value.revision : undefined;
  return {
    state: normalizeState({ ...value }, id),
    revision: typeof revision === "number" && Number.isInteger(revision) ? revision : undefined,
  };
}
