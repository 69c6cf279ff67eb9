import fc from "fast-check";
import type * as z from "zod/mini";
import { expect, it } from "vitest";
import { ACCEPTS, entrySchema, type ValueKind } from "./entry-schema.ts";

const kinds: readonly ValueKind[] = [
  "symbol",
  "word",
  "text",
  "port",
  "endpoint type",
  "write rights",
  "yes or no",
];
const value = fc.oneof(
  fc.anything(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("ssh", "confirm", "@x", "h", 0, 1, 22, 65_535, 65_536, 1.5, -1, true, null),
);

it("decides fast as the schema decides", () => {
  const schemas = new Map(kinds.map((kind) => [kind, entrySchema({ key: kind }, { message: "" })]));
  fc.assert(
    fc.property(fc.constantFrom(...kinds), value, (kind, key) => {
      const schema: z.ZodMiniType | undefined = schemas.get(kind);
      expect(ACCEPTS[kind](key)).toBe(schema?.safeParse({ key }).success);
    }),
    { numRuns: 2000 },
  );
});
