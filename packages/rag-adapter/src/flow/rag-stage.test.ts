import { STANDARD } from "@tetra/tts-core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { isAnotherRound, RAG_STAGES, ragStageOf, storedStage } from "./rag-stage.ts";

it.each([
  ["SUBMIT", "EXECUTE"],
  ["APPLY", "EXECUTE"],
  ["FOLD", "EXECUTE"],
  ["NEW", "NEW"],
  ["SELECT", "SELECT"],
  ["ASSEMBLE", "ASSEMBLE"],
  ["VALIDATE", "VALIDATE"],
  ["DONE", "DONE"],
  ["FAIL", "FAIL"],
  ["REVIEW", "REVIEW"],
  ["constructor", "constructor"],
])("%s is stored as %s", (ragStage, stored) => {
  expect(storedStage(ragStage)).toBe(stored);
});

it.each([
  ["VALIDATE", "FOLD"],
  ["APPLY", "FOLD"],
  ["NEW", "FOLD"],
  ["APPLY", "SUBMIT"],
  ["VALIDATE", "SUBMIT"],
  ["VALIDATE", "SELECT"],
])("%s to %s begins another round", (from, to) => {
  expect(isAnotherRound(from, to)).toBe(true);
});

it.each([
  ["ASSEMBLE", "SUBMIT"],
  ["SUBMIT", "APPLY"],
  ["SUBMIT", "SUBMIT"],
  ["APPLY", "VALIDATE"],
  ["FOLD", "SELECT"],
  ["FOLD", "SUBMIT"],
  ["VALIDATE", "DONE"],
  ["VALIDATE", "FAIL"],
  ["EXECUTE", "SUBMIT"],
  ["REVIEW", "SELECT"],
])("%s to %s does not", (from, to) => {
  expect(isAnotherRound(from, to)).toBe(false);
});

it("going forward through all stages begins no round until FOLD", () => {
  const stage = fc.constantFrom(...RAG_STAGES.filter((name) => name !== "FOLD"));
  fc.assert(
    fc.property(stage, stage, (a, b) => {
      const [from, to] = [a, b].toSorted((x, y) => RAG_STAGES.indexOf(x) - RAG_STAGES.indexOf(y));
      expect(isAnotherRound(from ?? "", to ?? "")).toBe(false);
    }),
  );
});

const blank = {
  txn_id: "t-1",
  description: "x",
  stage: "EXECUTE",
  target: "@local",
  iteration: 1,
  agent: "base",
  ctx_digest: null,
  last_checkpoint: "",
  last_error: null,
};
const moved = (to: string): { event: string; to: string } => ({ event: "stage_transition", to });
const named = (rag_stage: string): { event: string; rag_stage: string } => ({
  event: "rag_stage",
  rag_stage,
});

it.each([
  [
    "the last one that was named",
    [named("SUBMIT"), moved("EXECUTE"), named("APPLY"), moved("EXECUTE")],
    "APPLY",
  ],
  [
    "the stored one after a move without RAG",
    [named("APPLY"), moved("EXECUTE"), moved("EXECUTE")],
    "EXECUTE",
  ],
  [
    "the stored one when the name was for another move",
    [named("SUBMIT"), moved("SELECT"), moved("EXECUTE")],
    "EXECUTE",
  ],
  ["the stored one when somebody edited the state", [named("SELECT"), moved("SELECT")], "EXECUTE"],
  ["the stored one when nothing names any", [{ event: "rag_stage", rag_stage: 7 }], "EXECUTE"],
])("the stage of a flow is %s", (_what, events, stage) => {
  expect(ragStageOf(events, blank)).toBe(stage);
});

it("every stage that is stored is the standard's, or the caller's own", () => {
  const known = new Set([...STANDARD.working, STANDARD.done, STANDARD.fail]);
  expect(RAG_STAGES.map(storedStage).filter((stage) => !known.has(stage))).toEqual([]);
});
