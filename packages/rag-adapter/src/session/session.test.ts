import fc from "fast-check";
import { expect, it } from "vitest";
import { formatSession, newSession, parseSession, withFlow } from "./session.ts";

const AT_MS = Date.UTC(2025, 9, 18, 12, 30, 22);

it("is written with its keys in their order", () => {
  expect(formatSession(newSession("auth-20251018T143022", "auth", AT_MS))).toBe(`{
  "session_id": "auth-20251018T143022",
  "description": "auth",
  "flows": [],
  "created_at": "2025-10-18T12:30:22Z",
  "last_active": "2025-10-18T12:30:22Z",
  "tags": []
}
`);
});

it("has each flow once, sorted, in whatever order they come", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (flows) => {
      const session = flows.reduce(
        (so, flow) => withFlow(so, flow, AT_MS + 1000),
        newSession("s", "s", AT_MS),
      );
      const expected = [...new Set(flows)].toSorted((a, b) =>
        Buffer.compare(Buffer.from(a), Buffer.from(b)),
      );
      expect(session.flows).toEqual(expected);
    }),
  );
});

it("what another tool wrote is taken where it fits, and its own keys survive", () => {
  const text = `{"session_id":"other","flows":["b",1],"owner":"me","tags":["x"]}`;
  expect(parseSession(text, "s-1")).toEqual({
    session_id: "s-1",
    description: "",
    flows: [],
    created_at: "",
    last_active: "",
    tags: ["x"],
    owner: "me",
  });
});

it.each(["", "{", "[]", "null", "3"])("%j is no session", (text) => {
  expect(parseSession(text, "s-1")).toBeUndefined();
});
