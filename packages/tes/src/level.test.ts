import { expect, it } from "vitest";
import { levelNumber, parseLevel } from "./level.ts";
import { parseOperation } from "./operation.ts";

it.each([
  ["plan", "plan"],
  ["Handle", "handle"],
  ["0", "symbol"],
  ["7", "plan"],
])("reads the level %s", (text, level) => {
  expect(parseLevel(text)).toBe(level);
});

it("numbers levels from symbol, 0, to plan, 7", () => {
  expect([levelNumber("symbol"), levelNumber("handle"), levelNumber("plan")]).toEqual([0, 4, 7]);
});

it.each(["8", "", "conector"])("refuses %j for a level", (text) => {
  expect(() => parseLevel(text)).toThrow(expect.objectContaining({ code: "UNKNOWN_LEVEL" }));
});

it("lists the operations when it is given another", () => {
  expect(parseOperation("append")).toBe("append");
  expect(() => parseOperation("wirte")).toThrow(
    expect.objectContaining({
      code: "UNKNOWN_OPERATION",
      message: 'unknown operation "wirte": it is none of read, write, append, delete, execute',
      hint: "did you mean write?",
    }),
  );
});
