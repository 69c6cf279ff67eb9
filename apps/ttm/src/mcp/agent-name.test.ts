import fc from "fast-check";
import { expect, it } from "vitest";
import { agentName } from "./agent-name.ts";

it("keeps what a client calls itself", () => {
  expect(agentName("claude-code")).toBe("claude-code");
});

it.each([undefined, 7, "", " \n ", { name: "x" }])("calls %j unnamed", (name) => {
  expect(agentName(name)).toBe("unnamed agent");
});

it("is one short line without control characters, whatever a client says", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (name) => {
      expect(agentName(name)).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]{1,64}$/u);
    }),
  );
});
