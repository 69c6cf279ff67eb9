import fc from "fast-check";
import { expect, it } from "vitest";
import { PagedTemplate, URIS } from "./resource-uris.ts";

const EVIDENCE = new PagedTemplate("tetra://transactions/{id}/evidence/{name}{?offset,limit}");

it("takes an address with and without its query, in any order", () => {
  const path = "tetra://transactions/a-1/evidence/100_x.md";

  expect(EVIDENCE.match(path)).toEqual({ id: "a-1", name: "100_x.md" });
  expect(EVIDENCE.match(`${path}?limit=5&offset=7`)).toEqual({
    id: "a-1",
    name: "100_x.md",
    offset: "7",
    limit: "5",
  });
});

it("gives back every id and name that was put into an address", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(text, text, (id, name) => {
      expect(EVIDENCE.match(URIS.evidence(id, name))).toEqual({ id, name });
    }),
  );
});

it.each([
  "tetra://transactions/a/evidence/b/c",
  "tetra://transactions/a/evidence/%",
  "tetra://transactions/a/evidence/",
  `tetra://transactions/a/evidence/${"x".repeat(10_000)}`,
])("takes no other address, such as %.60s", (uri) => {
  expect(EVIDENCE.match(uri)).toBeNull();
});
