import fc from "fast-check";
import { expect, it } from "vitest";
import type { EventRecord } from "./event.ts";
import { parseEventLine } from "./event-line.ts";
import { blankTransaction, evolve, type Transaction } from "./transaction.ts";

const TS = "2026-01-01T00:00:00Z";
const AT_MS = Date.UTC(2026, 0, 1);

function after(...events: readonly EventRecord[]): Transaction {
  return events.reduce(evolve, blankTransaction("t-1"));
}

it("a transaction that another tool began has the standard's defaults", () => {
  const tx = after({ ts: TS, event: "txn_start", txn_id: "t-1", description: "deploy" });
  expect(tx).toMatchObject({
    revision: 0,
    startedMs: AT_MS,
    state: { description: "deploy", stage: "NEW", target: "@local", agent: "human", iteration: 1 },
    stages: [{ stage: "NEW", atMs: AT_MS }],
  });
});

it("times come from the milliseconds where there are some, else from the seconds", () => {
  const { stages } = after(
    { ts: TS, event: "stage_transition", from: "", to: "SELECT" },
    { ts: TS, ts_ms: AT_MS + 7, event: "stage_transition", from: "SELECT", to: "EXECUTE" },
    { ts: "yesterday", event: "stage_transition", from: "EXECUTE", to: "VALIDATE" },
  );
  expect(stages).toEqual([
    { stage: "SELECT", atMs: AT_MS },
    { stage: "EXECUTE", atMs: AT_MS + 7 },
  ]);
});

it("evidence is remembered in order, with what its event says about it", () => {
  const { evidence } = after(
    { event: "evidence_added", file: "100_a", source: "./a", digest: "d1", bytes: 1 },
    { event: "evidence_added", file: "110_b" },
    { event: "evidence_added", source: "./c" },
    { event: "evidence_added", file: "100_a", span: "full", tags: [] }, // of a RAG flow's own folder
  );
  expect(evidence).toEqual([{ file: "100_a", source: "./a", digest: "d1" }, { file: "110_b" }]);
});

it("unknown events change nothing but the count of our lines", () => {
  const before = after({ ts: TS, event: "txn_start", description: "x", seq: 0 });
  expect(evolve(before, { event: "rag_stage", stage: "SUBMIT" })).toBe(before);
  expect(evolve(before, { event: "vote", seq: 1 })).toEqual({ ...before, revision: 2 });
});

it("folding is total, whatever a line holds, and changes no transaction it was given", () => {
  const names = [
    "txn_start",
    "stage_transition",
    "evidence_added",
    "tes_resolved",
    "txn_commit",
    "txn_fail",
    "txn_update",
    "foreign_change",
    "lease_taken",
    "constructor",
  ];
  const keys = ["ts", "ts_ms", "from", "to", "iteration", "changes", "removed", "fence", "stage"];
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(null, "", -1, 1.5, 1e300, [["a"]], { stage: 5, revision: "x" }),
    fc.dictionary(
      fc.constantFrom("stage", "iteration", "revision", "txn_id", "__proto__", "constructor"),
      fc.jsonValue({ maxDepth: 1 }),
    ),
  );
  const event = fc
    .tuple(fc.constantFrom(...names), fc.dictionary(fc.constantFrom(...keys), odd))
    .map(([name, fields]) => parseEventLine(JSON.stringify({ ...fields, event: name, seq: 0 })))
    .filter((line) => line !== undefined);
  fc.assert(
    fc.property(fc.array(event), (events) => {
      let tx = blankTransaction("t-1");
      for (const each of events) {
        const before = structuredClone(tx);
        const next = evolve(tx, each);
        expect(tx).toEqual(before);
        expect(next.state.txn_id).toBe("t-1");
        expect(next.state).not.toHaveProperty("revision");
        expect(next.fence).toBeGreaterThanOrEqual(0);
        tx = next;
      }
    }),
  );
});
