import fc from "fast-check";
import { expect, it } from "vitest";
import { collectionKey, encodeMetadata, keyOf } from "./vector-record.ts";

it("the key of a record is its collection and its id", () => {
  expect(keyOf({ collection: "notes", id: "42" })).toBe("notes/42");
});

it("no two records have the same key, and no collection has a record's", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "/", "%", "2", "F") });
  fc.assert(
    fc.property(name, name, name, name, (collection, id, otherCollection, otherId) => {
      const isSame = collection === otherCollection && id === otherId;

      const keys = [keyOf({ collection, id }), keyOf({ collection: otherCollection, id: otherId })];
      expect(keys[0] === keys[1]).toBe(isSame);
      expect(keys).not.toContain(collectionKey(collection));
    }),
  );
});

it.each([
  ["a list", JSON.parse("[]")],
  ["a text", JSON.parse('"text"')],
  ["null", JSON.parse("null")],
  ["what JSON cannot say", { big: 1n }],
])("metadata that is no JSON object is refused: %s", (_, metadata) => {
  expect(() => encodeMetadata(metadata, "notes/1")).toThrow("notes/1: the metadata");
});
