import { expect, it } from "vitest";
import { inFull } from "./plan-in-full.ts";

it("shows folder, variables and the end of long arguments", () => {
  const run = ["rm", "-rf", `${"a".repeat(500)}/end`];
  const data = { run, cwd: "/srv/other", env: { MODE: "x" } };
  const [line] = inFull({ type: "step", name: "clean", action: "shell", data });

  expect(line).toBe(`  clean: ${JSON.stringify(data)}`);
});

it("escapes what a terminal obeys or does not show", () => {
  const undo = {
    action: "shell",
    data: { run: ["printf", "\u001B[2K\u009B2J\u202E\u200B\u00A0\u{E0041} ä\n"] },
  };
  const lines = inFull({ type: "step", name: "a", action: "shell", compensate: undo });

  expect(lines).toEqual([
    "  a: null",
    String.raw`  undone by {"run":["printf","\u001b[2K\u009b2J\u202e\u200b\u00a0\udb40\udc41 ä\n"]}`,
  ]);
});
