import { expect, it } from "vitest";
import { serviceRecord } from "../../test/a-service-record.ts";
import { choose, type Choice, SORTS } from "./choose.ts";

const ALL = [
  serviceRecord("b", { tsm_id: 2, port: 4000, cpu: null, command: "node b.js" }),
  serviceRecord("a.c", { tsm_id: 1, port: null, cpu: 5 }),
  serviceRecord("axc", { tsm_id: 10, port: 400, cpu: 50, status: "crashed" }),
];

function chosen(choice: Partial<Choice>): readonly string[] {
  const all = { filters: [], query: undefined, sort: undefined, reverse: false };
  return choose(ALL, { ...all, ...choice }).map(({ name }) => name);
}

it("sorts by id when nothing is said, numbers as numbers", () => {
  expect(chosen({})).toEqual(["a.c", "b", "axc"]);
  expect(chosen({ reverse: true })).toEqual(["axc", "b", "a.c"]);
});

it("puts what has no value last, in both directions", () => {
  expect(chosen({ sort: "cpu" })).toEqual(["a.c", "axc", "b"]);
  expect(chosen({ sort: "cpu", reverse: true })).toEqual(["axc", "a.c", "b"]);
});

it("filters by every field, with * for anything and nothing else special", () => {
  expect(chosen({ filters: ["name=a.c"] })).toEqual(["a.c"]);
  expect(chosen({ filters: ["name=A*"] })).toEqual(["a.c", "axc"]);
  expect(chosen({ filters: ["a*", "status=crashed"] })).toEqual(["axc"]);
  expect(chosen({ filters: ["port="] })).toEqual(["a.c"]);
  expect(chosen({ query: "node B" })).toEqual(["b"]);
});

it("refuses fields that there are not", () => {
  expect(() => chosen({ sort: "colour" })).toThrow(expect.objectContaining({ code: "USAGE" }));
  expect(() => chosen({ filters: ["colour=red"] })).toThrow(
    expect.objectContaining({ code: "USAGE" }),
  );
});

it.each(SORTS)("can sort by %s", (sort) => {
  expect(chosen({ sort })).toHaveLength(ALL.length);
});
