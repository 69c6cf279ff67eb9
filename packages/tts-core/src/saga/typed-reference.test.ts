/* oxlint-disable typescript/no-unsafe-type-assertion -- tries what the types do not allow */
import { describe, expect, it } from "vitest";
import { saga } from "./builder.ts";

describe("a reference", () => {
  // not what the types allow: what JavaScript does all the same
  const misuse = (use: (input: Record<string, string>) => unknown) => () =>
    saga("s").step({
      name: "a",
      action: "do",
      data: ({ input }) => use(input as unknown as Record<string, string>) as null,
    });

  it.each<[string, (input: Record<string, string>) => unknown]>([
    ["joined to text", ({ name }) => `Hello ${name}`],
    ["computed with", ({ n }) => Number(n) + 1],
    ["asked for a method", ({ name = "" }) => name.trim()],
    ["spread", (input) => ({ ...input })],
    ["iterated", ({ list = "" }) => Array.from(list)],
    ["asked for its keys", (input) => Object.keys(input)],
  ])("says that it is not the value when it is %s", (_how, use) => {
    expect(misuse(use)).toThrow(/^\$input.* is a reference, not the value$/);
  });

  it("cannot be promised, nor hidden in what looks like a reference", () => {
    expect(misuse(async () => "late")).toThrow("data was promised");
    expect(misuse((input) => ({ $literal: input }))).toThrow("looks like a reference holds one");
  });

  it("to a step that is not there is refused where it is made", () => {
    expect(() =>
      saga("s").step({
        name: "a",
        action: "do",
        // @ts-expect-error -- there is no such step
        data: ({ results }) => results.b,
      }),
    ).toThrow("there is no step b before");
  });
});
