import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newEvent, seal } from "./event.ts";
import { formatEventLine, parseEventLine } from "./event-line.ts";

const AT_MS = Date.UTC(2025, 9, 18, 12, 30, 22, 7);
const TS = `"ts":"2025-10-18T12:30:22Z"`;
const OURS = `"seq":1,"ts_ms":${AT_MS}`;

describe("a line has the standard's keys in the standard's order, then ours", () => {
  it.each([
    [
      newEvent("txn_start", AT_MS, {
        stage: "NEW",
        agent: "human",
        target: "@local",
        description: "deploy",
        txn_id: "t-1",
      }),
      `{${TS},"event":"txn_start","txn_id":"t-1","description":"deploy",${OURS},"stage":"NEW","agent":"human","target":"@local"}`,
    ],
    [
      newEvent("stage_transition", AT_MS, { to: "EXECUTE", from: "NEW" }),
      `{${TS},"event":"stage_transition","from":"NEW","to":"EXECUTE",${OURS}}`,
    ],
    [
      newEvent("stage_transition", AT_MS, { from: "VALIDATE", to: "SELECT", iteration: 2 }),
      `{${TS},"event":"stage_transition","from":"VALIDATE","to":"SELECT",${OURS},"iteration":2}`,
    ],
    [
      newEvent("evidence_added", AT_MS, {
        file: "100_a.txt",
        source: "./a",
        digest: "d1",
        bytes: 3,
      }),
      `{${TS},"event":"evidence_added","file":"100_a.txt","source":"./a",${OURS},"digest":"d1","bytes":3}`,
    ],
    [
      newEvent("evidence_added", AT_MS, {
        cid: "sha256:d1",
        source: "./a",
        tags: ["api"],
        span: "lines=1:3",
        file: "100_a.evidence.md",
      }),
      `{${TS},"event":"evidence_added","file":"100_a.evidence.md","span":"lines=1:3","tags":["api"],${OURS},"cid":"sha256:d1","source":"./a"}`,
    ],
    [
      newEvent("rag_stage", AT_MS, { ttm_stage: "EXECUTE", rag_stage: "SUBMIT" }),
      `{${TS},"event":"rag_stage","rag_stage":"SUBMIT","ttm_stage":"EXECUTE",${OURS}}`,
    ],
    [
      newEvent("checkpoint", AT_MS, { metadata: { a: 1 }, stage: "SELECT" }),
      `{${TS},"event":"checkpoint","stage":"SELECT","metadata":{"a":1},${OURS}}`,
    ],
    [
      newEvent("evidence_selected", AT_MS, { count: 2, files: ["100_a"], method: "toggle" }),
      `{${TS},"event":"evidence_selected","method":"toggle","count":2,${OURS},"files":["100_a"]}`,
    ],
    [
      newEvent("flow_complete", AT_MS, { effort: 5, outcome: "partial" }),
      `{${TS},"event":"flow_complete","outcome":"partial","effort":5,${OURS}}`,
    ],
    [
      newEvent("tes_resolved", AT_MS, { target: "@dev", plan: "dev.local" }),
      `{${TS},"event":"tes_resolved","target":"@dev","plan":"dev.local",${OURS}}`,
    ],
    [
      newEvent("txn_commit", AT_MS, { duration_ms: 12 }),
      `{${TS},"event":"txn_commit","duration_ms":12,${OURS}}`,
    ],
    [
      newEvent("txn_fail", AT_MS, { error: 'no "luck"\n' }),
      `{${TS},"event":"txn_fail","error":"no \\"luck\\"\\n",${OURS}}`,
    ],
    [
      newEvent("txn_update", AT_MS, { changes: { a: null } }),
      `{${TS},"event":"txn_update",${OURS},"changes":{"a":null}}`,
    ],
    [
      newEvent("foreign_change", AT_MS, { changes: {}, removed: ["b"] }),
      `{${TS},"event":"foreign_change",${OURS},"changes":{},"removed":["b"]}`,
    ],
    [
      newEvent("lease_taken", AT_MS, { fence: 1, runner: "host:42" }),
      `{${TS},"event":"lease_taken",${OURS},"fence":1,"runner":"host:42"}`,
    ],
    [
      newEvent("approval_approved", AT_MS, { name: "@prod", by: "ann", why: "CAB-12" }),
      `{${TS},"event":"approval_approved",${OURS},"name":"@prod","by":"ann","why":"CAB-12"}`,
    ],
  ])("$event", (event, line) => {
    expect(seal(1, [event]).map(formatEventLine)).toEqual([line]);
  });

  it("and of several in one append, all but the last say how many are still to come", () => {
    const commit = newEvent("txn_commit", AT_MS, { duration_ms: 12 });
    const moved = newEvent("stage_transition", AT_MS, { from: "NEW", to: "DONE" });

    expect(seal(7, [commit, moved]).map(formatEventLine)).toEqual([
      `{${TS},"event":"txn_commit","duration_ms":12,"seq":7,"ts_ms":${AT_MS},"more":1}`,
      `{${TS},"event":"stage_transition","from":"NEW","to":"DONE","seq":8,"ts_ms":${AT_MS}}`,
    ]);
  });
});

describe("reading a line", () => {
  it("gives back what was written, on one line, whatever the texts hold", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(text, text, fc.dictionary(text, fc.jsonValue()), (error, runner, changes) => {
        const events = seal(3, [
          newEvent("txn_fail", AT_MS, { error }),
          newEvent("lease_taken", AT_MS, { fence: 2, runner }),
          newEvent("txn_update", AT_MS, { changes }),
        ]);
        const lines = events.map(formatEventLine);

        expect(lines.join("")).not.toContain("\n");
        expect(lines.map(parseEventLine)).toEqual(JSON.parse(JSON.stringify(events)));
      }),
    );
  });

  it("keeps unknown events and unknown fields", () => {
    const text = `{"ts":"2026-01-01T00:00:00Z","event":"rag_stage","flow":{"a":[1]}}`;
    expect(parseEventLine(text)).toEqual(JSON.parse(text));
  });

  it.each([
    "",
    "null",
    "[]",
    `"text"`,
    "{}",
    `{"event":""}`,
    `{"event":5}`,
    `{"event":"x","seq":-1}`,
    `{"event":"x","seq":"1"}`,
    `{"event":"txn_fail","error":"no "luck""}`,
    `{"event":"x"} trailing`,
  ])("takes %s for none", (text) => {
    expect(parseEventLine(text)).toBeUndefined();
  });

  it("does without a time that is not text", () => {
    expect(parseEventLine(`{"ts":5,"event":"x"}`)).toEqual({ ts: "", event: "x" });
  });
});
