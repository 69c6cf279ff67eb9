import { parseState } from "@tetra/tts-core";
import { expect, it } from "vitest";
import { flowFields, NEW_FLOW } from "./flow-state.ts";

function fieldsOf(state: Readonly<Record<string, unknown>>): ReturnType<typeof flowFields> {
  const stored = parseState(JSON.stringify(state), "t-1");
  if (stored === undefined) throw new Error("a test needs an object");
  return flowFields(stored.state);
}

it("a transaction that is no flow has what a new flow has", () => {
  expect(fieldsOf({ stage: "NEW" })).toEqual(NEW_FLOW);
});

it("what is there is taken, and what has another shape is as in a new flow", () => {
  expect(
    fieldsOf({
      outcome: "partial",
      artifacts: ["a", 1],
      lessons: "one",
      tags: null,
      effort_minutes: "5",
      token_usage: 7,
      flow_type: "review",
      qa_id: "qa-1",
    }),
  ).toEqual({
    outcome: "partial",
    artifacts: ["a"],
    lessons: [],
    tags: [],
    effort_minutes: 0,
    token_usage: 7,
    flow_type: "review",
    qa_id: "qa-1",
  });
});
