import { expect, it } from "vitest";
import { allowsTheSame, digestOf, findToken, isTokenName, newSecret, type Token } from "./token.ts";

function tokenOf(secret: string, more: Partial<Token> = {}): Token {
  return { name: "agent", sha256: digestOf(secret), mode: "read", createdAtMs: 0, ...more };
}

it("is found by its secret, and by no other", () => {
  const [secret, other] = [newSecret(), newSecret()];
  const tokens = [tokenOf(other), tokenOf(secret)];

  expect(findToken(tokens, secret, 0)).toBe(tokens[1]);
  expect(findToken(tokens, newSecret(), 0)).toBeUndefined();
  expect(findToken(tokens, tokens[1]?.sha256 ?? "", 0)).toBeUndefined();
  expect(findToken(tokens, "", 0)).toBeUndefined();
});

it("counts until it expires, and not at that moment", () => {
  const secret = newSecret();
  const tokens = [tokenOf(secret, { expiresAtMs: 1000 })];

  expect(findToken(tokens, secret, 999)).toBe(tokens[0]);
  expect(findToken(tokens, secret, 1000)).toBeUndefined();
});

it("is long, recognisable, and another one each time", () => {
  const secrets = Array.from({ length: 100 }, newSecret);

  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) expect(secret).toMatch(/^tetra_[A-Za-z0-9_-]{43}$/);
});

it("allows the same only with mode and policy unchanged", () => {
  const token = tokenOf("secret");

  expect(allowsTheSame(token, { ...token, name: "renamed", expiresAtMs: 5 })).toBe(true);
  expect(allowsTheSame(token, { ...token, mode: "operate" })).toBe(false);
  expect(allowsTheSame(token, { ...token, policy: "/policy.yaml" })).toBe(false);
  expect(allowsTheSame(token, { ...token, sha256: digestOf("other") })).toBe(false);
});

it.each([
  ["ci", true],
  ["agent-1.prod_eu", true],
  ["", false],
  ["-x", false],
  ["../x", false],
  ["a b", false],
  ["ä", false],
  ["x".repeat(65), false],
])("can be called %j: %s", (name, isOne) => {
  expect(isTokenName(name)).toBe(isOne);
});
