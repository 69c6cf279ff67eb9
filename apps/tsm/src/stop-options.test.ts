import type { Arguments } from "@tetra/cli-kit";
import { expect, it } from "vitest";
import { stopOptions, withoutForce } from "./stop-options.ts";

const given = (values: Readonly<Record<string, string>>): Arguments => ({
  at: () => undefined,
  rest: () => [],
  has: (name) => Object.hasOwn(values, name),
  value: (name) => values[name],
  values: () => [],
  behind: [],
});

it("takes a last word force for --force, unless it is the only one", () => {
  expect(withoutForce(["a", "force"])).toEqual({ words: ["a"], isForced: true });
  expect(withoutForce(["force"])).toEqual({ words: ["force"], isForced: false });
  expect(withoutForce(["force", "a"])).toEqual({ words: ["force", "a"], isForced: false });
});

it("reads signals with and without SIG, times with and without a unit", () => {
  expect(stopOptions(given({ signal: "int" }))).toEqual({ signal: "SIGINT" });
  expect(stopOptions(given({ signal: "SIGUSR1", timeout: "2" }))).toEqual({
    signal: "SIGUSR1",
    timeoutMs: 2000,
  });
  expect(stopOptions(given({ timeout: "1.5s" }))).toEqual({ timeoutMs: 1500 });
  expect(stopOptions(given({ force: "", timeout: "9s" }))).toEqual({ timeoutMs: 0 });
  expect(stopOptions(given({}))).toEqual({});
});

it.each([{ signal: "SIGNOPE" }, { timeout: "soon" }])("refuses %j", (values) => {
  expect(() => stopOptions(given(values))).toThrow(expect.objectContaining({ code: "USAGE" }));
});
