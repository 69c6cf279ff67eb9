import { isTetraError } from "@tetra/errors";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "./json.ts";
import { fillIn, secretsOf } from "./wiring.ts";

const SOURCES = {
  input: { email: "a@b.c", people: [{ name: "Ada" }], token: { $secret: "env:TOKEN" } },
  results: {
    "create-user": { id: 7, tags: ["new"] },
    book: { hotel: { room: "12" }, note: { $secret: "env:TOKEN" } },
  },
};
const SECRETS = new Map([["env:TOKEN", "hunter2"]]);
const fill = (data: Json): Json | undefined => fillIn(data, SOURCES, SECRETS);
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what fast-check calls JSON is ours
const asJson = (value: unknown): Json => value as Json;
const json = fc.jsonValue().map(asJson);

function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

describe("filling in", () => {
  it.each<[Json, Json]>([
    [{ $result: ["create-user", "id"] }, 7],
    [{ $result: ["create-user", "tags", 0] }, "new"],
    [{ $result: ["create-user", "tags", "0"] }, "new"],
    [{ $result: ["book", "hotel", "room"] }, "12"],
    [{ $result: ["book", "hotel"] }, { room: "12" }],
    [{ $input: ["people", 0, "name"] }, "Ada"],
    [{ $input: ["token"] }, "hunter2"],
    [{ $input: [] }, { ...SOURCES.input, token: "hunter2" }],
    [{ $secret: "env:TOKEN" }, "hunter2"],
    [{ $text: ["Bearer ", { $secret: "env:TOKEN" }] }, "Bearer hunter2"],
    [{ $text: ["#", { $result: ["create-user", "id"] }, " ", ["x", null]] }, '#7 ["x",null]'],
    [{ $literal: { $secret: "env:TOKEN" } }, { $secret: "env:TOKEN" }],
    [
      { to: [{ $input: ["email"] }], n: 1 },
      { to: ["a@b.c"], n: 1 },
    ],
    [{ $set: { a: 1 } }, { $set: { a: 1 } }],
  ])("turns %j into %j", (data, expected) => {
    expect(fill(data)).toEqual(expected);
  });

  it("takes nothing in a result for a reference: a service could ask for secrets that way", () => {
    expect(fill({ $result: ["book", "note"] })).toEqual({ $secret: "env:TOKEN" });
    expect(fill({ $text: [{ $result: ["book", "note"] }] })).toBe('{"$secret":"env:TOKEN"}');
  });

  it("gives nothing for no data", () => {
    expect(fillIn(undefined, SOURCES, SECRETS)).toBeUndefined();
  });

  it.each<[Json, string]>([
    [{ $result: ["gone", "id"] }, "there is no results.gone.id"],
    [{ $result: ["create-user", "name"] }, "there is no results.create-user.name"],
    [{ $result: ["create-user", "tags", "length"] }, "there is no results.create-user.tags.length"],
    [{ $result: ["create-user", "id", "toFixed"] }, "there is no results.create-user.id.toFixed"],
    [{ $result: ["constructor"] }, "there is no results.constructor"],
    [{ $input: ["people", 1] }, "there is no input.people.1"],
    [{ $input: ["__proto__"] }, "there is no input.__proto__"],
  ])("refuses %j: %s", (data, message) => {
    expect(() => fill(data)).toThrow(message);
  });

  it("names the secret that was not read, with a code of its own", () => {
    const failure = thrownBy(() => fill({ $secret: "env:OTHER" }));

    expect(isTetraError(failure, "SECRET_MISSING")).toBe(true);
    expect(String(failure)).toContain("the secret env:OTHER was not read");
  });

  it("gives back any JSON without references, and shares nothing with it", () => {
    fc.assert(
      fc.property(json, (data) => {
        expect(fillIn({ $literal: data }, SOURCES, SECRETS)).toStrictEqual(data);
        expect(fillIn({ $result: ["it"] }, { results: { it: data } }, SECRETS)).toStrictEqual(data);
      }),
    );
    const data = { inner: { list: [1] } };
    const filled = fillIn(data, SOURCES, SECRETS);

    expect(filled).toEqual(data);
    expect(filled).not.toBe(data);
    expect(Reflect.get(Object(filled), "inner")).not.toBe(data.inner);
    expect(fillIn({ $literal: data }, SOURCES, SECRETS)).not.toBe(data);
    expect(fillIn({ $input: ["people"] }, SOURCES, SECRETS)).not.toBe(SOURCES.input.people);
    expect(fillIn({ $result: ["book"] }, SOURCES, SECRETS)).not.toBe(SOURCES.results.book);
  });

  it("keeps a key __proto__ a key", () => {
    const data = asJson(JSON.parse('{"__proto__": {"admin": true}}'));

    expect(JSON.stringify(fill(data))).toBe('{"__proto__":{"admin":true}}');
  });
});

describe("looking for references", () => {
  const data: Json = {
    a: { $text: [{ $secret: "env:A" }, { $result: ["x", "id"] }] },
    b: [{ $secret: "env:A" }, { $secret: "file:/b" }, { $literal: { $secret: "env:NOT" } }],
    c: { $result: ["y"] },
  };

  it("finds secrets, each once, in order", () => {
    expect(secretsOf(data)).toEqual(["env:A", "file:/b"]);
  });

  it("finds none in nothing", () => {
    expect(secretsOf(undefined)).toEqual([]);
  });
});
