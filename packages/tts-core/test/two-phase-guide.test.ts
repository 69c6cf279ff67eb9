import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const PACKAGE = join(import.meta.dirname, "..");

it("the example of docs/two-phase-commit.md runs as written and prints what it says", () => {
  const guide = readFileSync(join(PACKAGE, "../../docs/two-phase-commit.md"), "utf8");
  const [, example = ""] = /```js\n(.*?)```/s.exec(guide) ?? [];
  const said = [...example.matchAll(/\/\/ prints: (.*)$/gm)].map(([, text = ""]) => text);

  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", example], {
    cwd: PACKAGE,
    encoding: "utf8",
  });

  // "begun" stands where both transactions begin
  const [begun = "", committed = "", rows = "", ...rest] = said;
  expect(printed.trim().split(/\s+/).join(" ")).toBe(
    [begun, committed, rows, begun, ...rest].join(" "),
  );
});
