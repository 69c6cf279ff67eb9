import { expect, it } from "vitest";
import { endpoints } from "./endpoints.ts";
import type { Deed } from "./levels/binding-level.ts";
import { type Policy, protection, requireAllowed } from "./protection.ts";
import { resolve } from "./resolve.ts";
import { topologySource } from "./sources/topology-source.ts";

const ENDPOINTS = endpoints([
  topologySource(
    '{"@eu": {"type": "ssh", "host": "h", "write": "confirm"},\n"@frozen": {"type": "ssh", "host": "h", "write": "refused"}}',
    "topology.json",
  ),
]);
const SCRIPT: Policy = { isInteractive: false };
const TERMINAL: Policy = { isInteractive: true };

const planOf = (symbol: string, operation: Deed["operation"] = "write") => {
  const deed: Deed = operation === "execute" ? { operation, command: ["reboot"] } : { operation };
  return resolve(symbol, { endpoints: ENDPOINTS, deed, path: "x", level: "plan" });
};

it.each([
  ["@dev", "write", SCRIPT, "allowed"],
  ["@prod", "read", SCRIPT, "allowed"],
  ["@prod", "write", SCRIPT, "refused"],
  ["@prod", "append", SCRIPT, "refused"],
  ["@prod", "delete", SCRIPT, "refused"],
  ["@prod", "execute", SCRIPT, "refused"],
  ["@prod", "execute", TERMINAL, "needs-confirmation"],
  ["@eu", "write", TERMINAL, "needs-confirmation"],
  ["@eu", "write", { ...SCRIPT, isConfirmed: true }, "allowed"],
  ["@prod", "write", { ...SCRIPT, approval: "a-7" }, "allowed"],
  ["@prod", "write", { ...SCRIPT, allowed: ["@prod"] }, "allowed"],
  ["@prod", "write", { ...SCRIPT, allowed: ["@eu"] }, "refused"],
  ["@frozen", "read", SCRIPT, "allowed"],
  ["@frozen", "write", { ...TERMINAL, isConfirmed: true, approval: "a" }, "refused"],
] as const)("decides for %s, %s, %j: %s", (symbol, operation, policy, type) => {
  expect(protection(planOf(symbol, operation), policy).type).toBe(type);
});

it("asks with what would be done", () => {
  expect(protection(planOf("@eu"), TERMINAL)).toMatchObject({
    question: "ssh -- h: replace in one step, with standard input, x\nDo this on @eu?",
    reason: "@eu has write = confirm (topology.json:1 @eu.write)",
  });
});

it("says what allowed it, or refuses", () => {
  expect(requireAllowed(planOf("@prod"), { ...SCRIPT, approval: "a-7" })).toBe("approval a-7");
  expect(() => requireAllowed(planOf("@prod"), SCRIPT)).toThrow(
    expect.objectContaining({
      code: "PROTECTED",
      message: "@prod: write refused: @prod is read-only until confirmed",
      hint: "confirm it with the flag, or record an approval",
    }),
  );
});
