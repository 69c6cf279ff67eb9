import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const PACKAGE = join(import.meta.dirname, "..");

it("the example of the README runs as written and prints what it says", () => {
  const readme = readFileSync(join(PACKAGE, "README.md"), "utf8");
  const [, example = ""] = /```js\n(.*?)```/s.exec(readme) ?? [];
  const said = [...example.matchAll(/\); \/\/ (.*)$/gm)].map(([, text]) => `${text}\n`).join("");

  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", example], {
    cwd: PACKAGE,
  });

  expect(said).not.toBe("");
  expect(printed.toString()).toBe(said);
});
