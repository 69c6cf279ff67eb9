import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blankState, formatState, parseState } from "./state.ts";

const state = { ...blankState("t-1"), description: 'say "hi"', stage: "NEW", flow: { a: [1] } };

it("is written as the standard has it: two spaces, a newline, our revision last", () => {
  expect(formatState(state, 7)).toBe(`{
  "txn_id": "t-1",
  "description": "say \\"hi\\"",
  "stage": "NEW",
  "target": null,
  "iteration": 1,
  "agent": "human",
  "ctx_digest": null,
  "last_checkpoint": "",
  "last_error": null,
  "flow": {
    "a": [
      1
    ]
  },
  "revision": 7
}
`);
});

it("comes back as it was written, unknown fields and the order of keys too", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (fields, revision) => {
      const { txn_id: _id, __proto__: _never, ...others } = fields;
      const written = formatState({ ...state, ...others, stage: "NEW" }, revision);
      const stored = parseState(written, "t-1");
      expect(stored?.revision).toBe(revision);
      expect(formatState(stored?.state ?? state, revision)).toBe(written);
    }),
  );
});

describe("read from another tool's file", () => {
  it("takes what has the right shape and leaves the rest blank", () => {
    const text = `{"iteration":"2","stage":"","target":5,"flow_id":"f-1","tes_plan":"host"}`;
    expect(parseState(text, "t-1")).toEqual({
      revision: undefined,
      state: { ...blankState("t-1"), flow_id: "f-1", tes_plan: "host" },
    });
  });

  it("has the id of its folder, whatever it says", () => {
    expect(parseState(`{"txn_id":"other"}`, "t-1")?.state.txn_id).toBe("t-1");
  });

  it.each(["", " ", "{", "null", "5", `"x"`, "[]", `{"description":"say "hi""}`])(
    "is nothing when it is %j",
    (text) => {
      expect(parseState(text, "t-1")).toBeUndefined();
    },
  );

  it("has no revision when that is no whole number", () => {
    expect(parseState(`{"revision":"7"}`, "t-1")?.revision).toBeUndefined();
    expect(parseState(`{"revision":1.5}`, "t-1")?.revision).toBeUndefined();
  });
});
