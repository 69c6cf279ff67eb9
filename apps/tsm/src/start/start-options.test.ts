import type { Arguments } from "@tetra/cli-kit";
import { expect, it } from "vitest";
import { requestOptions, START_OPTIONS } from "./start-options.ts";

const given = (said: Readonly<Record<string, readonly string[]>>): Arguments => ({
  at: () => undefined,
  rest: () => [],
  has: (name) => Object.hasOwn(said, name),
  value: (name) => said[name]?.at(-1),
  values: (name) => said[name] ?? [],
  behind: [],
});

it("carries every option over into the request", () => {
  for (const [name, { value }] of Object.entries(START_OPTIONS)) {
    const request = requestOptions(given({ [name]: [value === undefined ? "" : "x"] }));
    const [said] = Object.values(request);
    const wanted = value === undefined ? true : START_OPTIONS[name]?.repeats === true ? ["x"] : "x";
    expect({ name, said }).toEqual({ name, said: wanted });
  }
});

it("says nothing of what was not said", () => {
  expect(requestOptions(given({}))).toEqual({});
  expect(
    requestOptions(given({ "watch-path": ["a", "b"], watch: [""], port: ["1", "2"] })),
  ).toEqual({
    watch: ["a", "b"],
    port: "2",
  });
});
