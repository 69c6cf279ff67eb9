import { expect, it } from "vitest";
import { connector } from "./connector.ts";

it("knows the built-in symbols where there is no file", () => {
  expect(connector("@local")).toEqual({ type: "local", host: "localhost" });
  expect(connector("@staging")).toEqual({ type: "ssh", host: "staging.local", user: "deploy" });
});

it("gives an entry as it stands, its own keys included", () => {
  const entry = { type: "ssh", host: "h", jump: "gate" } as const;

  expect(connector("@x", { "@x": entry })).toBe(entry);
});

it("forgets the built-in symbols where there is a file", () => {
  expect(connector("@prod", {})).toBeUndefined();
});

it.each(["@nowhere", "host", "constructor", "__proto__", ""])("knows nothing of %j", (target) => {
  expect(connector(target)).toBeUndefined();
});
