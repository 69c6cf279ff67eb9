import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, it } from "vitest";

const PACKAGE = join(import.meta.dirname, "..");
const README = readFileSync(join(PACKAGE, "README.md"), "utf8");

/** The first example under a heading. */
function exampleUnder(heading: string): string {
  const [, under = ""] = README.split(`# ${heading}\n`);
  const [, example = ""] = /```js\n(.*?)```/s.exec(under) ?? [];
  return example;
}

it.each([
  "A transaction from start to end",
  "Sagas",
  "Coming from aumai-transactions",
  "Two-phase commit",
])("the example under %s runs as written and prints what it says", (heading) => {
  const example = exampleUnder(heading);
  const said = [...example.matchAll(/\/\/ prints: (.*)$/gm)].map(([, text]) => `${text}\n`);

  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", example], {
    cwd: PACKAGE,
    encoding: "utf8",
  });

  expect(said).not.toEqual([]);
  expect(printed).toBe(said.join(""));
});
