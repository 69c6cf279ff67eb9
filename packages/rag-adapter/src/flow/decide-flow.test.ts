import {
  blankTransaction,
  evolve,
  formatEventLine,
  formatState,
  type NewEvent,
  seal,
} from "@tetra/tts-core";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  beginFlow,
  checkpointFlow,
  completeFlow,
  type Flow,
  moveFlow,
  tagFlow,
} from "./decide-flow.ts";
import { RAG_STAGES, storedStage } from "./rag-stage.ts";

const AT_MS = Date.UTC(2025, 9, 18, 12, 30, 22);
const TS = `"ts":"2025-10-18T12:30:22Z"`;
const ID = "add-login-20251018T143022";

function begun(): Flow {
  return after(
    { transaction: blankTransaction(ID), ragStage: "NEW" },
    beginFlow(ID, { description: "add login" }, AT_MS),
  );
}

function after({ transaction, ragStage }: Flow, events: readonly NewEvent[]): Flow {
  const named = events.find(({ event }) => event === "rag_stage");
  return {
    transaction: seal(transaction.revision, events).reduce(evolve, transaction),
    ragStage: named !== undefined && "rag_stage" in named ? named.rag_stage : ragStage,
  };
}

function inStage(...stages: readonly string[]): Flow {
  return stages.reduce((flow, stage) => after(flow, moveFlow(flow, stage, AT_MS)), begun());
}

/** Lines as they stand in the log, without what we add to the standard's keys. */
function linesOf(events: readonly NewEvent[]): readonly string[] {
  return seal(0, events).map((event) =>
    formatEventLine(event).replace(/,"seq":\d+,"ts_ms":\d+(?:,"more":\d+)?/, ""),
  );
}

it("a new flow has the standard's fields and then RAG's, in their order", () => {
  const { state, revision } = begun().transaction;
  expect(formatState(state, revision)).toBe(`{
  "txn_id": "${ID}",
  "description": "add login",
  "stage": "NEW",
  "target": "@local",
  "iteration": 1,
  "agent": "base",
  "ctx_digest": null,
  "last_checkpoint": "2025-10-18T12:30:22Z",
  "last_error": null,
  "outcome": null,
  "artifacts": [],
  "lessons": [],
  "tags": [],
  "effort_minutes": 0,
  "token_usage": 0,
  "flow_type": "inquiry",
  "revision": 2
}
`);
});

it("a move is two lines: RAG's name, then the standard's move between stored stages", () => {
  expect(linesOf(moveFlow(inStage("SELECT"), "SUBMIT", AT_MS))).toEqual([
    `{${TS},"event":"rag_stage","rag_stage":"SUBMIT","ttm_stage":"EXECUTE"}`,
    `{${TS},"event":"stage_transition","from":"SELECT","to":"EXECUTE"}`,
  ]);
});

it("a checkpoint stands before the move", () => {
  const checkpoint = { stage: "ASSEMBLE", metadata: { tokens: 12, note: 'a "quote"' } };
  expect(linesOf(checkpointFlow(inStage("SELECT"), checkpoint, AT_MS))).toEqual([
    `{${TS},"event":"checkpoint","stage":"ASSEMBLE","metadata":{"tokens":12,"note":"a \\"quote\\""}}`,
    `{${TS},"event":"rag_stage","rag_stage":"ASSEMBLE","ttm_stage":"ASSEMBLE"}`,
    `{${TS},"event":"stage_transition","from":"SELECT","to":"ASSEMBLE"}`,
  ]);
});

it("a flow completes with its fields, flow_complete and the move to DONE, and without txn_commit", () => {
  const completion = { outcome: "partial", lessons: ['say "no"'], effortMinutes: 30 };
  expect(linesOf(completeFlow(inStage("VALIDATE"), completion, AT_MS))).toEqual([
    `{${TS},"event":"txn_update","changes":{"outcome":"partial","lessons":["say \\"no\\""],"effort_minutes":30}}`,
    `{${TS},"event":"flow_complete","outcome":"partial","effort":30}`,
    `{${TS},"event":"rag_stage","rag_stage":"DONE","ttm_stage":"DONE"}`,
    `{${TS},"event":"stage_transition","from":"VALIDATE","to":"DONE"}`,
  ]);
});

it("lessons, artifacts and tags are appended; the effort is replaced, and only by more than nothing", () => {
  const once = after(
    begun(),
    completeFlow(begun(), { lessons: ["a"], tags: ["x"], effortMinutes: 5 }, AT_MS),
  );
  const twice = after(
    once,
    completeFlow(once, { lessons: ["b"], artifacts: ["p"], tags: ["x"] }, AT_MS),
  );
  expect(twice.transaction.state).toMatchObject({
    outcome: "success",
    lessons: ["a", "b"],
    artifacts: ["p"],
    tags: ["x", "x"],
    effort_minutes: 5,
  });
});

it("what is done can be completed, and does not move again", () => {
  const events = completeFlow(inStage("DONE"), {}, AT_MS);
  expect(events.map(({ event }) => event)).toEqual(["txn_update", "flow_complete"]);
});

it("completing again keeps the outcome unless another is given", () => {
  const once = after(begun(), completeFlow(begun(), { outcome: "partial" }, AT_MS));
  expect(linesOf(completeFlow(once, {}, AT_MS))).toEqual([
    `{${TS},"event":"txn_update","changes":{"outcome":"partial"}}`,
    `{${TS},"event":"flow_complete","outcome":"partial","effort":0}`,
  ]);
  expect(after(once, completeFlow(once, { outcome: "failed" }, AT_MS))).toMatchObject({
    transaction: { state: { outcome: "failed" } },
  });
});

it("what has ended does not move, and what has failed is not completed", () => {
  const refused = expect.objectContaining({ code: "INVALID_STAGE" });
  expect(() => moveFlow(inStage("DONE"), "FOLD", AT_MS)).toThrow(refused);
  expect(() => completeFlow(inStage("FAIL"), {}, AT_MS)).toThrow(refused);
});

it.each([-1, 1.5, Number.NaN])("an effort of %d minutes is refused", (effortMinutes) => {
  expect(() => completeFlow(begun(), { effortMinutes }, AT_MS)).toThrow(
    expect.objectContaining({ code: "INVALID_INPUT" }),
  );
});

it("a stage or tag without a name, and a flow without a description, are refused", () => {
  const refused = expect.objectContaining({ code: "INVALID_INPUT" });
  expect(() => moveFlow(begun(), "", AT_MS)).toThrow(refused);
  expect(() => tagFlow(begun(), ["x", " "], AT_MS)).toThrow(refused);
  expect(() => tagFlow(begun(), [], AT_MS)).toThrow(refused);
  expect(() => beginFlow(ID, { description: " " }, AT_MS)).toThrow(refused);
});

it("iteration counts rounds: one more for each FOLD, and for each way back that no FOLD announced", () => {
  /** What a person would count who follows the stages with a finger. */
  function roundsOf(stages: readonly string[]): number {
    const place = new Map([
      ["NEW", 0],
      ["SELECT", 1],
      ["ASSEMBLE", 2],
      ["SUBMIT", 3],
      ["APPLY", 4],
      ["VALIDATE", 5],
    ]);
    let rounds = 1;
    let reached = 0;
    for (const stage of stages) {
      const at = place.get(stage) ?? -1;
      if (stage === "FOLD" || at < reached) rounds += 1;
      reached = at;
    }
    return rounds;
  }
  const stage = fc.constantFrom(...RAG_STAGES.slice(0, 7));
  fc.assert(
    fc.property(fc.array(stage, { maxLength: 12 }), (stages) => {
      const { transaction } = inStage(...stages);
      expect(transaction.state.iteration).toBe(roundsOf(stages));
      expect(transaction.state.stage).toBe(storedStage(stages.at(-1) ?? "NEW"));
    }),
  );
});
