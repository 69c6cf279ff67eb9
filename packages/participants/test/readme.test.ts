import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const PACKAGE = join(import.meta.dirname, "..");

const readme = readFileSync(join(PACKAGE, "README.md"), "utf8");
const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, example = ""]) => example);

it.each(examples)("an example of the README runs as written and prints what it says", (example) => {
  const said = [...example.matchAll(/\); \/\/ (.*)$/gm)].map(([, text]) => `${text}\n`).join("");

  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", example], {
    cwd: PACKAGE,
    env: { ...process.env, TMPDIR: temporaryFolder() },
  });

  expect(said).not.toBe("");
  expect(printed.toString()).toBe(said);
});
