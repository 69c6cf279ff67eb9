import { STAGES, type TransactionState } from "@tetra/tts-core";
import { expect, it } from "vitest";
import { completedPage } from "./complete-page.ts";
import { resumedPage } from "./resume-page.ts";

function stateIn(stage: string, last_error: string | null = null): TransactionState {
  return {
    txn_id: "t-1",
    description: "x",
    stage,
    target: "@local",
    iteration: 1,
    agent: "base",
    ctx_digest: null,
    last_checkpoint: "",
    last_error,
  };
}

it.each([...STAGES])("in %s a flow that is resumed gets a hint", (stage) => {
  const [first, second, blank, ...hint] = resumedPage(stateIn(stage));
  expect([first, second, blank]).toEqual(["Resuming flow: t-1", `Current stage: ${stage}`, ""]);
  expect(hint).toHaveLength(1);
});

it("tells why a flow failed", () => {
  expect(resumedPage(stateIn("FAIL", "no luck")).at(-1)).toBe("Flow failed: no luck");
  expect(resumedPage(stateIn("FAIL")).at(-1)).toBe("Flow failed: Unknown");
});

it("a stage of the caller's own gets none", () => {
  expect(resumedPage(stateIn("REVIEW"))).toHaveLength(3);
});

it.each([
  ["success", "✓"],
  ["partial", "⚠"],
  ["abandoned", "○"],
  ["failed", "✗"],
  ["handed-over", "•"],
])("a flow that ends as %s gets the badge %s", (outcome, badge) => {
  expect(completedPage("t-1", { outcome })).toEqual([
    "",
    `${badge} Flow completed: t-1`,
    `  Outcome: ${outcome}`,
  ]);
});

it("what was given with the end is told", () => {
  const completion = { lessons: ["a", "b"], artifacts: ["p"], tags: ["x"], effortMinutes: 5 };
  expect(completedPage("t-1", completion).slice(2)).toEqual([
    "  Outcome: success",
    "  Lesson: a",
    "  Lesson: b",
    "  Artifact: p",
    "  Effort: 5 minutes",
  ]);
});
