import { expect, it } from "vitest";
import { begin } from "./transaction/decide.ts";
import { newEvent, type NewEvent, seal } from "./transaction/event.ts";
import { formatEventLine } from "./transaction/event-line.ts";
import type { LogLine } from "./transaction/log.ts";
import { STANDARD } from "./transaction/stage.ts";
import { blankTransaction, evolve, type Transaction } from "./transaction/transaction.ts";
import { statusOf, type TransactionStatus } from "./status.ts";

const ID = "deploy-20260101T000000";
const AT_MS = Date.UTC(2026, 0, 1);
const FIRST = begin(
  ID,
  { description: "deploy", target: "@local", agent: "human", atMs: AT_MS },
  STANDARD,
);

function move(from: string, to: string, afterMs: number): NewEvent {
  return newEvent("stage_transition", AT_MS + afterMs, { from, to });
}

function story(...events: readonly NewEvent[]): { transaction: Transaction; lines: LogLine[] } {
  const sealed = seal(0, [...FIRST, ...events]);
  return {
    transaction: sealed.reduce(evolve, blankTransaction(ID)),
    lines: sealed.map((event) => ({ text: formatEventLine(event), event, folded: true })),
  };
}

function statusAfter(afterMs: number, ...events: readonly NewEvent[]): TransactionStatus {
  const parts = { ...story(...events), context: [], isActive: true };
  return statusOf(parts, { nowMs: AT_MS + afterMs, stages: STANDARD });
}

it("the stage it is in lasts until now", () => {
  const status = statusAfter(9000, move("NEW", "EXECUTE", 2000), move("EXECUTE", "VALIDATE", 5000));
  expect(status.timeline).toEqual([
    { stage: "NEW", atMs: AT_MS, durationMs: 2000, isOpen: false },
    { stage: "EXECUTE", atMs: AT_MS + 2000, durationMs: 3000, isOpen: false },
    { stage: "VALIDATE", atMs: AT_MS + 5000, durationMs: 4000, isOpen: true },
  ]);
  expect(status).toMatchObject({ ageMs: 9000, startedMs: AT_MS, isFinal: false });
});

it("a final stage lasts no time, however long ago it was reached", () => {
  const status = statusAfter(9000, move("NEW", "FAIL", 2000));
  expect(status.timeline.at(-1)).toMatchObject({ stage: "FAIL", durationMs: 0, isOpen: false });
  expect(status.isFinal).toBe(true);
});

it("no duration is negative when a clock was set back", () => {
  const status = statusAfter(-9000, move("NEW", "EXECUTE", -2000));
  expect(status.timeline.map(({ durationMs }) => durationMs)).toEqual([0, 0]);
  expect(status.ageMs).toBe(0);
});

it("shows the last five events, oldest first, and no line that is none", () => {
  const moves = [1, 2, 3, 4, 5, 6].map((at) => move("EXECUTE", `S${at}`, at));
  const { transaction, lines } = story(...moves);
  const parts = { transaction, lines: [...lines, { text: "garbage", folded: false }], context: [] };
  const { recent } = statusOf({ ...parts, isActive: false }, { nowMs: AT_MS, stages: STANDARD });
  expect(recent.map((event) => event["to"])).toEqual(["S2", "S3", "S4", "S5", "S6"]);
});

it("has no age when nobody knows when it began", () => {
  const { startedMs: _unknown, ...transaction } = story().transaction;
  const status = statusOf(
    { transaction, lines: [], context: [], isActive: false },
    { nowMs: AT_MS, stages: STANDARD },
  );
  expect(status).not.toHaveProperty("ageMs");
  expect(status.recent).toEqual([]);
});
