import { isTetraError } from "@tetra/errors";
import type { TransactionStore } from "../ports.ts";
import { begin, type Beginning } from "../transaction/decide.ts";
import { type NewEvent, newEvent } from "../transaction/event.ts";
import type { LogLine } from "../transaction/log.ts";
import { STANDARD } from "../transaction/stage.ts";

// What the rules of the conformance suite are made of.

/** A store to try, over data of its own. */
export interface StoreFixture {
  readonly store: TransactionStore;
  /**
   * Opens another store over the same data, as another process would, also while the first is in use.
   * Absent when the data cannot outlive the store.
   */
  readonly reopen?: () => Promise<TransactionStore>;
  /** Removes the data. By then the suite has closed every store. */
  readonly cleanup: () => Promise<void>;
}

/** Something that every store must do. */
export interface Rule {
  /** The promise, in plain words. */
  readonly name: string;
  readonly check: (store: TransactionStore) => Promise<void>;
}

/** Something that every store must do whose data outlives it. */
export interface ReopenRule {
  readonly name: string;
  readonly checkReopened: (
    store: TransactionStore,
    reopen: () => Promise<TransactionStore>,
  ) => Promise<void>;
}

/** The time at which everything in the suite happens (milliseconds since the epoch). */
export const AT_MS = 1_767_225_600_123;

/** An id that the standard would give. */
export const ID = "deploy-api-20260101T000000";

/** The first events of a transaction. */
export function beginning(id: string, fields: Partial<Beginning> = {}): readonly NewEvent[] {
  const defaults = { description: "deploy api", target: "@local", agent: "human", atMs: AT_MS };
  return begin(id, { ...defaults, ...fields }, STANDARD);
}

/** An event that sets fields of the state. */
export function setting(changes: Record<string, unknown>): NewEvent {
  return newEvent("txn_update", AT_MS, { changes });
}

/** A move to another stage. */
export function moving(from: string, to: string): NewEvent {
  return newEvent("stage_transition", AT_MS, { from, to });
}

/** Evidence given as text. */
export function evidence(
  description: string,
  text: string,
  name = "notes.txt",
): Parameters<TransactionStore["addContext"]>[1] {
  return { description, source: { bytes: bytesOf(text), name }, atMs: AT_MS };
}

/** More often than anybody can lose to a store that lets somebody else win each time. */
const MOST_ATTEMPTS = 1000;

/** Appends to whatever the log holds, as often as it takes. */
export async function appendAnyhow(
  store: TransactionStore,
  id: string,
  events: readonly NewEvent[],
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const { revision } = await store.load(id);
    try {
      return await store.append(id, revision, events);
    } catch (error) {
      if (!isTetraError(error, "CONFLICT") || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

/** The places of our lines, in the order of the log. */
export function places(lines: readonly LogLine[]): readonly (number | undefined)[] {
  return lines.map(({ event }) => event?.seq);
}

/** 0, 1, 2 … */
export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at);
}

/** The first `count` lines that a watch brings. */
export async function take(
  lines: AsyncIterable<LogLine>,
  count: number,
): Promise<readonly LogLine[]> {
  const taken: LogLine[] = [];
  for await (const line of lines) {
    taken.push(line);
    if (taken.length === count) break;
  }
  return taken;
}

/** UTF-8. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What a file holds, as text. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Names that must survive a store unchanged. */
export const AWKWARD: readonly string[] = [
  "-20260101T000000",
  "--help",
  "it's",
  'say "hi"',
  "two\nlines",
  " with spaces ",
  "back\\slash",
  "$HOME `id` $(id) %s %00 *",
  "日本語-Ünïcode-🚀",
  "semi;colon&amp|pipe",
];
