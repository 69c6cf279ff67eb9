import { readLog } from "@tetra/tts-core";
import { expect, it } from "vitest";
import { checkpointsIn, flowEvents } from "./flow-events.ts";

function eventsIn(...lines: readonly string[]): ReturnType<typeof flowEvents> {
  return flowEvents(
    readLog(new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""))).lines,
  );
}

const TS = `"ts":"2025-10-18T12:30:22Z"`;

it("a checkpoint with the original's extra brace is read as it was meant", () => {
  const events = eventsIn(
    `{${TS},"event":"checkpoint","stage":"SELECT","metadata":{"a":1}}}`,
    `{${TS},"event":"checkpoint","stage":"ASSEMBLE","metadata":{}}`,
  );
  expect(checkpointsIn(events)).toEqual([
    { ts: "2025-10-18T12:30:22Z", stage: "SELECT", metadata: { a: 1 } },
    { ts: "2025-10-18T12:30:22Z", stage: "ASSEMBLE", metadata: {} },
  ]);
});

it.each([
  `{${TS},"event":"checkpoint","stage":"SELECT","metadata":{"a":1}}}}`,
  `{${TS},"event":"stage_transition","from":"NEW","to":"SELECT"}}`,
  `{${TS},"event":"txn_start","description":"say "event":"checkpoint""}}`,
])("no other broken line is mended: %s", (line) => {
  expect(eventsIn(line)).toEqual([]);
});

it("half an append that another tool's line follows is left out", () => {
  const half = `{${TS},"event":"checkpoint","stage":"SELECT","metadata":{},"seq":0,"ts_ms":1,"more":2}`;
  const foreign = `{${TS},"event":"rag_stage","rag_stage":"SELECT","ttm_stage":"SELECT"}`;
  expect(eventsIn(half, foreign).map(({ event }) => event)).toEqual(["rag_stage"]);
});

it("a checkpoint whose fields have other shapes has none", () => {
  const events = eventsIn(`{"event":"checkpoint","stage":3,"metadata":[1]}`);
  expect(checkpointsIn(events)).toEqual([{ ts: "", stage: "", metadata: {} }]);
});
