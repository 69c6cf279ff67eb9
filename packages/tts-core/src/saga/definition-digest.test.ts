import fc from "fast-check";
import { expect, it } from "vitest";
import type { SagaDefinition } from "./definition.ts";
import { canonicalJson, digestOf, fnv1a } from "./definition-digest.ts";

const SAGA: SagaDefinition = {
  name: "onboarding",
  steps: [
    { type: "step", name: "create", action: "create-user", data: { b: 1, a: [{ d: 1, c: 2 }] } },
  ],
};

it("is the same for the same definition, whatever the order of its keys", () => {
  const other: SagaDefinition = {
    steps: [
      { action: "create-user", data: { a: [{ c: 2, d: 1 }], b: 1 }, name: "create", type: "step" },
    ],
    name: "onboarding",
  };

  expect(digestOf(other)).toBe(digestOf(SAGA));
  expect(digestOf(structuredClone(SAGA))).toBe(digestOf(SAGA));
});

it("never changes from release to release: it is in people's logs", () => {
  expect(digestOf(SAGA)).toBe("7048e80378b48a36");
});

it("does not depend on the input, and on everything else", () => {
  const digest = digestOf(SAGA);

  expect(digestOf({ ...SAGA, input: { email: "a@b.c" } })).toBe(digest);
  expect(digestOf({ ...SAGA, timeoutMs: 1 })).not.toBe(digest);
  expect(digestOf({ ...SAGA, name: "other" })).not.toBe(digest);
  expect(digestOf({ ...SAGA, steps: [...SAGA.steps, ...SAGA.steps] })).not.toBe(digest);
});

// the vectors of the FNV reference
it.each([
  ["", "cbf29ce484222325"],
  ["a", "af63dc4c8601ec8c"],
  ["foobar", "85944171f73967e8"],
])("hashes %j as FNV-1a does", (text, hash) => {
  expect(fnv1a(text)).toBe(hash);
});

it("hashes as the definition of FNV-1a in big integers", () => {
  const slow = (text: string): string => {
    let hash = 0xcbf29ce484222325n;
    for (const byte of Buffer.from(text)) {
      hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    }
    return hash.toString(16).padStart(16, "0");
  };
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(fnv1a(text)).toBe(slow(text));
    }),
  );
});

it("writes canonical JSON that reads as the same value", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));

      expect(JSON.parse(canonicalJson(value))).toEqual(plain);
      expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
    }),
  );
});
