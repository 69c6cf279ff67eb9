import { expect, it } from "vitest";
import { digestOf, type Token } from "../tokens/token.ts";
import { type Caller, isSameCaller } from "./caller.ts";

const token: Token = { name: "ci", sha256: digestOf("x"), mode: "operate", createdAtMs: 0 };
const callerWith = (changed: Partial<Token>): Caller => ({
  type: "token",
  token: { ...token, ...changed },
});

it("is another one when what the token allows has changed", () => {
  expect(isSameCaller(callerWith({}), callerWith({ createdAtMs: 1 }))).toBe(true);
  expect(isSameCaller(callerWith({}), callerWith({ mode: "read" }))).toBe(false);
  expect(isSameCaller(callerWith({}), callerWith({ policy: "/p" }))).toBe(false);
  expect(isSameCaller(callerWith({}), callerWith({ sha256: digestOf("y") }))).toBe(false);
  expect(isSameCaller(callerWith({}), { type: "owner" })).toBe(false);
});
